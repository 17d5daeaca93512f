"""The providers this installation is paid through, by name."""

from payments.providers.ports import Provider, ProviderUnknown
from payments.providers.vietqr_bank import VietQRBank
from payments.settings import settings

DEFAULT = "vietqr_bank"


def provider(name: str) -> Provider:
    """Raises ProviderUnknown."""
    if name != VietQRBank.name:
        raise ProviderUnknown
    chosen = settings()
    return VietQRBank(chosen.bank_secret, chosen.bank_endpoint)
