"""Which providers an installation is paid through, and the secrets it shares with them."""

from functools import lru_cache

from pydantic import Field, model_validator

from kernel.settings import Group, UnsafeSettings, development_key


class PaymentSettings(Group):
    development_only = frozenset({"bank_secret"})

    bank_secret: str = Field(development_key("bank"), description="signs what the VietQR bank and we say to each other", repr=False)
    bank_endpoint: str | None = Field(None, description="the VietQR bank's address for questions; unset: callbacks only")
    receipt_agency: str = Field("Uỷ ban nhân dân thành phố Hà Nội", description="who issues receipts for payees without a series")
    receipt_tax_code: str = Field("0100000000", description="tax code of the issuer of receipts")

    @model_validator(mode="after")
    def _refuse_plain_http(self) -> "PaymentSettings":
        if self.environment == "production" and self.bank_endpoint and not self.bank_endpoint.startswith("https://"):
            raise UnsafeSettings("production asks the bank over https only: HANOISMART_BANK_ENDPOINT")
        return self


@lru_cache(maxsize=1)
def settings() -> PaymentSettings:
    return PaymentSettings()
