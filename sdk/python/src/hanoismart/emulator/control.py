"""What the emulator's host page asks of it: open as a citizen, answer sheets, switch things off, send messages."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from hanoismart.emulator.backend_api import Refused, put
from hanoismart.emulator.citizens import CITIZENS, CODE, citizen
from hanoismart.emulator.house import House
from hanoismart.emulator.superapp import TOKEN_SECONDS, ConsentNeeded, LevelTooLow, Suspended, line_for
from hanoismart.scopes import PERMISSIONS, SCOPES
from hanoismart.text import Text

Told = tuple[int, dict[str, Any]]


class Control:
    """Routes one request of the host page by its name; everything is JSON in and out."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._app = house.superapp

    async def answer(self, name: str, asked: Mapping[str, Any]) -> Told:
        """Status and document. A refusal is 409 with a code; an unknown name is 404."""
        does = getattr(self, f"do_{name}", None)
        if does is None:
            return 404, {"code": "emulator.unknown"}
        try:
            return 200, await does(asked)
        except Refused as refused:
            return refused.answer()
        except (ConsentNeeded, LevelTooLow, Suspended) as refused:
            return 409, self._why(refused)
        except (KeyError, ValueError, TypeError) as wrong:
            return 422, {"code": "emulator.wrong", "detail": str(wrong)}

    def _why(self, refused: ConsentNeeded | LevelTooLow | Suspended) -> dict[str, Any]:
        if isinstance(refused, ConsentNeeded):
            return {"code": "consent_required", "scopes": [self._shown(one.scope) for one in refused.requests]}
        if isinstance(refused, Suspended):
            return {"code": "suspended", "reason": {"vi": refused.reason.vi, "en": refused.reason.en}}
        return {"code": "assurance_required"}

    async def do_state(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Everything the page shows."""
        manifest = self._app.manifest
        return {
            "app_id": self._app.app_id,
            "app_origin": self._house.app_origin,
            "manifest": manifest.model_dump(mode="json", exclude_none=True),
            "citizens": [
                {"number": one.number, "name": one.name, "phone": one.phone, "level": one.level, "code": CODE} for one in CITIZENS
            ],
            "backend": self._house.backend_url,
            "slow_ms": self._house.slow_ms,
            "suspended": self._app.reason is not None,
            "findings": [one.as_json() for one in (self._house.findings or self._house.checked())],
            "log": list(self._house.log),
            "payments": [
                {"id": one.id, "amount": one.amount, "state": one.state, "reference": one.reference} for one in self._app.payments.values()
            ],
            "notifications": [{"sub": one.sub, "template": one.template, "vi": one.text.vi, "en": one.text.en} for one in self._app.told],
            "events": list(manifest.hs.webhooks.events) if manifest.hs.webhooks else [],
        }

    async def do_open(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Open the app as a citizen; what the bridge tells the page."""
        person = citizen(int(asked["citizen"]))
        opened = self._app.open(person, locale=asked.get("locale"), start_param=asked.get("start_param") or None)
        page = asked.get("page") or opened.start_page
        return {
            "sub": opened.sub,
            "name": person.name if "profile.name" in opened.scopes else None,
            "acr": person.acr,
            "scopes": sorted(opened.scopes),
            "address": f"{self._house.app_origin}/v/dev/{quote(page)}",
            "token": opened.access_token,
            "expires_in": TOKEN_SECONDS,
            "launch_data": opened.launch_token,
            "claims": _claims(opened.launch_token),
            "start_param": opened.start_param,
            "gateway": f"{self._house.origin}/v1/gw/{self._app.app_id}",
            "version_code": self._app.manifest.version.code,
        }

    async def do_consent(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A citizen answered the sheet."""
        sub = self._app.sub_of(citizen(int(asked["citizen"])))
        self._app.answer(sub, granted=asked.get("granted", []), declined=asked.get("declined", []))
        return {"agreed": sorted(self._app.agreed(sub))}

    async def do_ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What to show for scopes the page asks; one that the manifest lacks is refused with the line to add."""
        sub = self._app.sub_of(citizen(int(asked["citizen"])))
        missing = [scope for scope in asked["scopes"] if scope not in self._app.manifest.scope_names]
        if missing:
            lines = [line_for(scope) for scope in missing]
            self._house.note("manifest", missing=missing, add=lines, place="hs.scopes")
            return {"missing": missing, "add": lines}
        agreed = self._app.agreed(sub)
        return {"missing": [], "agreed": sorted(agreed), "scopes": [self._shown(one) for one in asked["scopes"] if one not in agreed]}

    async def do_withdraw(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A citizen takes everything back; the backend hears of it."""
        self._app.withdraw(self._app.sub_of(citizen(int(asked["citizen"]))))
        await self._house.deliver()
        return {}

    async def do_permission(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Whether a device permission was answered, or keep the answer."""
        sub = self._app.sub_of(citizen(int(asked["citizen"])))
        key = (sub, str(asked["name"]))
        if "allowed" in asked:
            self._app.permissions[key] = bool(asked["allowed"])
        reveals = PERMISSIONS[key[1]].reveals
        reason = {language: self._app.manifest.localised(language).reasons.get(key[1], "") for language in ("vi", "en")}
        return {"allowed": self._app.permissions.get(key), "reveals": {"vi": reveals.vi, "en": reveals.en}, "reason": reason}

    async def do_code(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A one-time code for the page."""
        return {"code": self._app.code(self._app.sub_of(citizen(int(asked["citizen"]))), asked.get("scope", "phone")), "expires_in": 120}

    async def do_grant(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A citizen allows single notifications."""
        return {"granted": self._app.grant(self._app.sub_of(citizen(int(asked["citizen"]))), asked["templates"])}

    async def do_storage(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The page's values: get, set, remove or info."""
        sub = self._app.sub_of(citizen(int(asked["citizen"])))
        values = self._app.values.setdefault(sub, {})
        if asked["verb"] == "set":
            return {"size": put(self._app, sub, asked["entries"])}
        if asked["verb"] == "remove":
            for key in asked["keys"]:
                values.pop(key, None)
            return {"size": put(self._app, sub, {})}
        if asked["verb"] == "get":
            return {"entries": {key: values[key] for key in asked["keys"] if key in values}}
        return {"keys": sorted(values), "size": put(self._app, sub, {}), "limit": 1024 * 1024}

    async def do_pay(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A payment as the sheet shows it."""
        one = self._app.payments[str(asked["intent"])]
        words = {"vi": one.description.vi, "en": one.description.en}
        return {"intent": one.id, "state": one.state, "amount": one.amount, "description": words, "reference": one.reference}

    async def do_settle(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The citizen paid; the backend hears of it."""
        self._app.settle(str(asked["intent"]))
        await self._house.deliver()
        return {"intent": asked["intent"], "state": "settled"}

    async def do_kill(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The kill switch, on or off."""
        if asked.get("on"):
            self._app.kill(Text(vi=asked.get("vi") or "Thử công tắc ngắt", en=asked.get("en") or "A try of the kill switch"))
        else:
            self._app.revive()
        reason = self._app.reason
        self._house.tell("killed" if reason else "revived", reason=None if reason is None else {"vi": reason.vi, "en": reason.en})
        return {"suspended": reason is not None}

    async def do_slow(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """How slow the network is, in milliseconds for each call."""
        self._house.slow_ms = max(0, min(int(asked["ms"]), 15_000))
        return {"slow_ms": self._house.slow_ms}

    async def do_webhook(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Send a message of any type, or one of the last again under its own id."""
        again = next((one.delivery for one in self._house.sent if one.delivery.id == asked.get("id")), None)
        delivery = again or self._app.tell(str(asked["type"]), asked.get("data") or {})
        self._app.outbox.clear()
        attempt = await self._house.send(delivery)
        return {"id": delivery.id, "status": attempt.status, "detail": attempt.detail}

    async def do_refused(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The bridge refused a call; what the manifest lacks is told on the terminal too."""
        add = _line_for(str(asked.get("missing", "")))
        self._house.note("bridge", method=asked.get("method"), code=asked.get("code"), missing=asked.get("missing"), add=add)
        return {"add": add}

    def _shown(self, scope: str) -> dict[str, Any]:
        request = next(one for one in self._app.manifest.hs.scopes if one.scope == scope)
        reveals = SCOPES[scope].reveals
        return {
            "scope": scope,
            "optional": request.optional,
            "purpose": {"vi": request.purpose.vi, "en": request.purpose.en},
            "reveals": {"vi": reveals.vi, "en": reveals.en},
        }


def _line_for(missing: str) -> list[str]:
    """What to paste into the manifest for something the bridge missed there."""
    names = [name.strip() for name in missing.split(",")]
    if missing.startswith("hs."):
        return [f"{missing}: true"]
    asked = [line_for(name) for name in names if name in SCOPES]
    return asked + ['{"name": "%s", "reason": "Viết lý do"}' % name for name in names if name in PERMISSIONS]  # noqa: UP031 (braces all around)


def _claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found
