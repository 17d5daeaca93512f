"""Tells a developer which check their launch data fails, so that nobody has to guess."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import telegram, tokens
from hanoismart.clock import now
from hanoismart.telegram import TelegramRefused
from hanoismart.text import Text
from hanoismart.tokens import TokenError
from hanoismart.tokens.grant import to_claims
from identity.api import keys
from kernel.settings import settings
from plugins.launch.models import Launch
from plugins.launch.telegram import secret_of
from plugins.registry.models import MiniApp

REUSED = Text(vi="Lượt mở này đã được dùng.", en="This launch was used before.")
UNKNOWN = Text(vi="Hệ thống này không cấp lượt mở như vậy.", en="This installation gave no such launch.")


@dataclass(frozen=True, slots=True)
class Examined:
    """`step` is the check that failed, None where all held; `unknown` are pairs that were checked but mean nothing to this version."""

    grammar: str
    step: str | None = None
    title: Text | None = None
    detail: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)


async def examine(session: AsyncSession, app: MiniApp, raw: str) -> Examined:
    """Check launch data as the app's backend has to, without spending it."""
    public = tokens.public_keys(await keys.public_set(session, "miniapp"))
    if raw.count(".") == 2 and "=" not in raw:
        found = _token(raw, app.app_id, public)
    else:
        found = _telegram(raw, app.num, await secret_of(session, app.app_id), public)
    return found if found.step is not None else await _spent(session, app.app_id, found)


def _token(raw: str, app_id: str, public: tokens.PublicKeys) -> Examined:
    try:
        launch = tokens.verify_launch(raw, keys=public, app_id=app_id, now=now(), issuer=settings().public_url)
    except TokenError as refused:
        return Examined("jwt", refused.step, refused.title, refused.detail)
    return Examined("jwt", said=to_claims(launch.grant) | {"locale": launch.locale, "start_param": launch.start_param})


def _telegram(raw: str, app_num: int, secret: str, public: tokens.PublicKeys) -> Examined:
    try:
        launch = telegram.verify(raw, now=now(), app_secret=secret, keys=public, app_num=app_num)
    except TelegramRefused as refused:
        return Examined("telegram", refused.step, refused.title, refused.detail)
    said = {"jti": launch.query_id, "sub": launch.user.sub, "id": launch.user.id, "start_param": launch.start_param}
    return Examined("telegram", said=said, unknown=launch.unknown)


async def _spent(session: AsyncSession, app_id: str, found: Examined) -> Examined:
    row = await session.get(Launch, UUID(str(found.said["jti"])))
    if row is None or row.app_id != app_id:
        return Examined(found.grammar, "unknown", UNKNOWN)
    if row.used_at is not None:
        return Examined(found.grammar, "reused", REUSED)
    return found
