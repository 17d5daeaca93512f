"""The OAuth 2.1 and OpenID Connect server: PAR, PKCE, DPoP, codes, refresh families (ADR 0003)."""
