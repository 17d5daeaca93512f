"""Any ASGI app on a real socket of this machine, for what must be proved over HTTP: served as the demo city serves its stand-ins."""

from app.demo.fakes.serving import serving as listening

__all__ = ["listening"]
