"""Where VNeID is and how it speaks. Its protocol for relying parties is not public: what stands here is OpenID Connect, name by name."""

from functools import lru_cache

from pydantic import Field

from kernel.settings import Group


class VneidSettings(Group):
    vneid_issuer: str | None = Field(None, description="issuer of VNeID's ID tokens; unset: proofing over VNeID is not offered")
    vneid_authorize_url: str | None = Field(None, description="VNeID's authorization endpoint")
    vneid_token_url: str | None = Field(None, description="VNeID's token endpoint")
    vneid_jwks_url: str | None = Field(None, description="VNeID's public keys")
    vneid_client_id: str = Field("hanoismart", description="our client id at VNeID")
    vneid_client_secret: str | None = Field(None, description="our secret at VNeID, where it issues one", repr=False)
    vneid_private_key: str | None = Field(None, description="our private key (JWK) at VNeID: then private_key_jwt, ES256", repr=False)
    vneid_scope: str = Field("openid identity", description="what is asked of VNeID")
    vneid_algorithms: str = Field("ES256 PS256 RS256", description="signatures accepted on VNeID's ID tokens")
    vneid_seconds: float = Field(8.0, gt=0, le=30, description="seconds VNeID has for each answer")
    vneid_claim_level: str = Field("level", description="claim with the level of the electronic identity")
    vneid_level_1: str = Field("1", description="value of that claim for level 1")
    vneid_level_2: str = Field("2", description="value of that claim for level 2")
    vneid_claim_number: str = Field("personal_number", description="claim with the personal number, twelve digits")
    vneid_claim_former_number: str = Field("former_number", description="claim with an older identity number")
    vneid_claim_name: str = Field("name", description="claim with the full name")
    vneid_claim_birth_date: str = Field("birthdate", description="claim with the date of birth, YYYY-MM-DD")
    vneid_claim_nationality: str = Field("nationality", description="claim with the nationality, as in passports; absent means VNM")
    vneid_claim_status: str = Field("status", description="claim with the standing of the identity")
    vneid_status_good: str = Field("active", description="value of that claim for an identity that counts")
    vneid_claim_expiry: str = Field("document_expires", description="claim with the last day of the document, YYYY-MM-DD; may be absent")


@lru_cache(maxsize=1)
def settings() -> VneidSettings:
    """The process's settings for VNeID, read once."""
    return VneidSettings()
