"""The demo's outside parties on this machine (push, text messages, mail, a mobile operator, a bank), and where they are found."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from app.demo.fakes.bank import Bank
from app.demo.fakes.fcm import Fcm
from app.demo.fakes.serving import serving
from app.demo.fakes.sim import MobileOperator
from app.demo.fakes.sms import SmsGateway
from app.demo.fakes.smtp import MailServer
from app.demo.fakes.vneid import Vneid
from app.demo.fakes.vneid import settings as vneid_settings
from payments.settings import settings as payment_settings

SPECIMENS: Final = Path(".data/specimens")
ADDRESSES: Final = Path(".data/demo/addresses.json")
OPERATOR: Final = Path(".data/demo/operator.json")
COUNTRIES: Final = ("VNM", "UTO")
PARKING: Final = "vn.hanoi.parking=miniapps.parking.server"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the stand-ins listen, for the story to look at them as a telephone, a bank customer and a push service would."""

    fcm: str
    sms: str
    bank: str

    def keep(self) -> None:
        ADDRESSES.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        ADDRESSES.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls) -> "Addresses":
        """Raises FileNotFoundError where no demo was started."""
        return cls(**json.loads(ADDRESSES.read_text()))


@asynccontextmanager
async def fakes(port: int) -> AsyncIterator[dict[str, str]]:
    """Run the stand-ins for a hub on `port`; yields the settings that point the hub at them."""
    from identity.api.specimens import authority

    for country in COUNTRIES:
        authority(SPECIMENS, country).save(SPECIMENS)  # saved anew: its revocation list lives 90 days
    key = secrets.token_urlsafe(16)
    callback = f"http://127.0.0.1:{port}/v1/payments/callbacks/vietqr_bank"
    async with AsyncExitStack() as stack:
        fcm = await stack.enter_async_context(serving(Fcm().app()))
        sms = await stack.enter_async_context(serving(SmsGateway(key).app()))
        mail = await stack.enter_async_context(MailServer().serving())
        sim = await stack.enter_async_context(serving(MobileOperator().app()))
        bank = await stack.enter_async_context(serving(Bank(payment_settings().bank_secret, callback).app()))
        state = Vneid("hanoismart-demo", key)
        state.address = await stack.enter_async_context(serving(state.app()))
        Addresses(fcm, sms, bank).keep()
        yield {
            "HANOISMART_FCM_PROJECT": "hanoismart-demo",
            "HANOISMART_FCM_ENDPOINT": fcm,
            "HANOISMART_SMS_GATEWAY_URL": f"{sms}/messages",
            "HANOISMART_SMS_GATEWAY_TOKEN": key,
            "HANOISMART_SMTP_HOST": "127.0.0.1",
            "HANOISMART_SMTP_PORT": str(mail),
            "HANOISMART_SMTP_SECURITY": "none",
            "HANOISMART_SIM_CHANGE_URL": f"{sim}/sim",
            "HANOISMART_BANK_ENDPOINT": bank,
            "HANOISMART_SPECIMEN_FOLDER": str(SPECIMENS.resolve()),
            "HANOISMART_PROOFINGS_PER_ADDRESS": "1000",  # a play of the story reads a dozen chips
            "HANOISMART_HOLDER_MATCHING": "development",
            "HANOISMART_MINIAPP_BACKENDS": PARKING,
        } | vneid_settings(state.address, key)
