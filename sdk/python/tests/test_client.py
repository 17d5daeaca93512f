"""A backend's client against a small hub that checks what a hub checks: assertion, proof, nonce, expiry."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from hanoismart import clock, tokens
from hanoismart.client import Hub, HubRefused
from hanoismart.text import Text

KEY = tokens.new_key()
ISSUER = "https://hanoismart.example"
NOW = datetime(2026, 2, 10, 8, 30, tzinfo=UTC)
INTENT = {"id": "i1", "state": "created", "amount": 25_000, "reference": "s1", "qr_text": "0002", "expires_at": "2026-02-10T09:00:00Z"}


class SmallHub:
    """Remembers what it was asked, and asks for a nonce first."""

    def __init__(self) -> None:
        self.tokens = 0
        self.seen: set[str] = set()
        self.calls: list[tuple[str, dict[str, object]]] = []
        self.revoked = False

    def proof(self, request: httpx.Request) -> dict[str, object]:
        raw = request.headers["dpop"]
        head = jws.extract_compact(raw.encode()).headers()
        claims = json.loads(jws.deserialize_compact(raw, ECKey.import_key(head["jwk"]), algorithms=["ES256"]).payload or b"")
        assert head["typ"] == "dpop+jwt"
        assert "d" not in head["jwk"]
        assert (claims["htm"], claims["htu"]) == (request.method, ISSUER + request.url.path)
        assert claims["jti"] not in self.seen
        self.seen.add(claims["jti"])
        return dict(claims)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/.well-known/"):
            return httpx.Response(200, json=tokens.public_jwks([KEY]))
        claims = self.proof(request)
        if request.url.path == "/oauth/token":
            return self.token(request, claims)
        if claims.get("nonce") != "n1":
            return httpx.Response(401, headers={"DPoP-Nonce": "n1"})
        if self.revoked and request.headers["authorization"] == "DPoP t1":
            return httpx.Response(401, json={"code": "access.token_refused"})
        body = json.loads(request.content or b"{}")
        self.calls.append((request.url.path, body))
        if body.get("sub") == "k1.stranger":
            return httpx.Response(403, json={"code": "consent.missing", "status": 403})
        answers = {"notifications": {"sent": True}, "payments": INTENT, "read": {"values": {"profile.name": "Lan"}}}
        return httpx.Response(200, json=answers.get(request.url.path.rsplit("/", 1)[-1], INTENT))

    def token(self, request: httpx.Request, claims: dict[str, object]) -> httpx.Response:
        form = httpx.QueryParams(request.content.decode())
        told = json.loads(jws.deserialize_compact(form["client_assertion"], KEY, algorithms=["Ed25519"]).payload or b"")
        assert (told["iss"], told["sub"], told["aud"]) == ("vn.hanoi.parking", "vn.hanoi.parking", ISSUER)
        assert told["exp"] - told["iat"] <= 60
        if claims.get("nonce") is None:
            return httpx.Response(400, json={"error": "use_dpop_nonce"}, headers={"DPoP-Nonce": "n1"})
        self.tokens += 1
        return httpx.Response(200, json={"access_token": f"t{self.tokens}", "expires_in": 300, "token_type": "DPoP"})


@pytest.fixture
def hub_and_server() -> tuple[Hub, SmallHub]:
    server = SmallHub()
    return Hub(ISSUER, "vn.hanoi.parking", KEY, transport=httpx.MockTransport(server)), server


async def test_a_backend_speaks_to_the_hub(hub_and_server: tuple[Hub, SmallHub]) -> None:
    hub, server = hub_and_server
    with clock.use(clock.FixedClock(NOW)) as at:
        assert await hub.notify("k1.lan", "parking.expiring", {"minutes": 5}, dedupe="s1")
        assert await hub.read_person("k1.lan", ["profile.name"], Text(vi="In tên trên vé", en="Print name on ticket")) == {
            "profile.name": "Lan"
        }
        intent = await hub.pay.create(
            amount=25_000, description=Text(vi="Vé", en="Ticket"), reference="s1", expires_at=NOW + timedelta(hours=1)
        )
        assert (intent.amount, intent.expires_at) == (25_000, datetime(2026, 2, 10, 9, tzinfo=UTC))
        assert (await hub.pay.status("i1")).state == "created"
        assert server.tokens == 1
        at.advance(timedelta(seconds=281))
        await hub.pay.status("i1")
        assert server.tokens == 2
    await hub.close()


async def test_a_refused_token_is_renewed_once(hub_and_server: tuple[Hub, SmallHub]) -> None:
    hub, server = hub_and_server
    await hub.pay.status("i1")
    server.revoked = True
    assert (await hub.pay.status("i1")).id == "i1"
    assert server.tokens == 2
    await hub.close()


async def test_a_refusal_carries_its_code(hub_and_server: tuple[Hub, SmallHub]) -> None:
    hub, _ = hub_and_server
    with pytest.raises(HubRefused) as refused:
        await hub.notify("k1.stranger", "parking.expiring", {}, dedupe="s1")
    assert (refused.value.status, refused.value.code) == (403, "consent.missing")
    await hub.close()


async def test_the_keys_are_held_for_a_while(hub_and_server: tuple[Hub, SmallHub]) -> None:
    hub, _ = hub_and_server
    assert list(await hub.keys()) == [tokens.kid_of(KEY)]
    assert await hub.keys() is await hub.keys()
    await hub.close()
