"""The super-app in memory, for one mini-app: test citizens, consent, launches, the real gateway; `hs dev` and pytest run on it."""

from hanoismart.emulator.backend_api import BackendApi, HubTransport
from hanoismart.emulator.citizens import CITIZENS, Citizen, citizen
from hanoismart.emulator.passage import Gateway, InProcess, OverHttp
from hanoismart.emulator.superapp import ConsentNeeded, Delivery, Opened, SuperApp

__all__ = [
    "CITIZENS",
    "BackendApi",
    "Citizen",
    "ConsentNeeded",
    "Delivery",
    "Gateway",
    "HubTransport",
    "InProcess",
    "Opened",
    "OverHttp",
    "SuperApp",
    "citizen",
]
