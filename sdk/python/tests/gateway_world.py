"""An app, a caller and a request that get through the gateway; tests bend one of them and see who speaks."""

from datetime import UTC, datetime

from hanoismart.gateway import Answer, AppState, AppStatus, Caller, Forward, GatewayRequest, Refusal, Routes

NOW = datetime(2026, 2, 10, 8, 30, 0, 250_000, tzinfo=UTC)
APP = AppState(
    app_id="vn.hanoi.parking",
    issuer="https://hanoismart.example",
    status=AppStatus.PUBLISHED,
    version_code=12,
    epoch=3,
    scopes=frozenset({"profile.name", "profile.level"}),
    required_scopes=frozenset({"profile.level"}),
    public=Routes.public(["GET /parks"]),
)
LAN = Caller(
    audience="vn.hanoi.parking", subject="k1.lan", acr="urn:hanoi:loa:2", scopes=frozenset({"profile.name", "profile.level"}), epoch=3
)
YES = frozenset({"profile.name", "profile.level"})
ASK = GatewayRequest(method="POST", path="/sessions", headers=(("content-type", "application/json"),), body_size=10)


def code(outcome: Forward | Refusal | Answer) -> str:
    return outcome.code if isinstance(outcome, Refusal) else "passed"
