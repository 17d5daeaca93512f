"""Nothing that is secret or personal is said aloud: not in the logs, not in the queue, the audit trail or the events."""

import re
from datetime import date
from uuid import UUID

import httpx
from sqlalchemy import text

from app.demo.devices.mobile import Phone
from hanoismart.ids import new_id
from identity.api.access import Role
from identity.api.specimens import Sex, SpecimenDocument
from tests.support.live import Live, until
from tests.support.payments import ask, call, callback

NAME, LATIN, NUMBER = "Đặng Thị Ngọc Huyền", "DANG", "001190717273"
TELEPHONE = "+84912717273"
_KEEP_PAYLOADS = (
    "CREATE TABLE public.queued (payload text)",
    """CREATE FUNCTION public.keep_payload() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.queued VALUES (convert_from(NEW.payload, 'UTF8')); RETURN NEW; END $$""",
    "CREATE TRIGGER keep_payload BEFORE INSERT ON kernel.pgqueuer FOR EACH ROW EXECUTE FUNCTION public.keep_payload()",
)
_TOLD = {
    "queue": "SELECT payload FROM public.queued",
    "queue log": "SELECT t::text FROM kernel.pgqueuer_log t",
    "audit": "SELECT t::text FROM kernel.audit_entry t",
    "events": "SELECT t::text FROM kernel.event t",
}


async def story(live: Live) -> dict[str, str]:
    """A person proves herself, signs in, verifies her telephone, pays, asks her rights and is moderated; what must not be heard of it."""
    document = SpecimenDocument.cccd(NAME, NUMBER, date(1990, 5, 4), Sex.FEMALE, date(2090, 5, 4))
    proofing, enrolment = await live.proved(document)
    phone = await live.enrolled(enrolment)
    first = phone.held
    refreshed = await phone.refresh()
    flow = (await phone.call("POST", "/v1/me/phone", json={"number": "0912 717 273"}, headers={"Idempotency-Key": new_id().hex})).json()
    code = re.findall(r"\d{6}", await live.message_to(TELEPHONE))[0]
    confirmed = await phone.call("POST", "/v1/me/phone/confirm", json={"flow_id": flow["id"], "code": code})
    assert confirmed.json()["trust_level"] >= 1
    wrong = await phone.call("POST", "/v1/me/phone/confirm", json={"flow_id": flow["id"], "code": code})
    assert wrong.status_code >= 400
    await pay(live, phone.http, await live.person_of(phone))
    receipts = await phone.call("GET", "/v1/me/receipts")
    assert receipts.json()["items"][0]["payer"] == NAME
    await rights(live, phone)
    await moderated(live, await live.person_of(phone))
    secrets = {"proofing secret": proofing, "enrolment": enrolment, "access token": first.access, "refresh token": first.refresh}
    secrets |= {"id token": first.id_token, "new access token": refreshed.access, "new refresh token": refreshed.refresh}
    return secrets | {"name": NAME, "latin name": LATIN, "number": NUMBER, "digits": TELEPHONE[3:], "code": code}


async def rights(live: Live, phone: Phone) -> None:
    """She asks for a correction in words that hold her number, and for the archive of everything."""
    for body in ({"type": "correct", "details": f"số của tôi là {TELEPHONE}, tên {NAME}"}, {"type": "access"}):
        answer = await phone.call("POST", "/v1/me/privacy/requests", json=body, headers={"Idempotency-Key": new_id().hex})
        assert answer.status_code == 201, answer.text

    async def archived() -> bool:
        async with live.database.session() as session:
            return bool(await session.scalar(text("SELECT count(*) FROM identity.privacy_archive")))

    await until(archived, what="the archive is made")


async def moderated(live: Live, person: UUID) -> None:
    """Somebody reports her; an officer takes the case and reads her number, with a purpose."""
    reporter, officer = await live.phone(name="Minh"), await live.phone(name="Hòa", roles=(Role.MODERATOR,))
    body = {"subject_kind": "account", "subject_id": str(person), "reason": "impersonation", "note": f"{NAME} {TELEPHONE}"}
    assert (await reporter.call("POST", "/v1/moderation/reports", json=body)).status_code == 201
    cases = (await officer.call("GET", "/v1/moderation/cases", params={"limit": 100})).json()["items"]
    (case,) = [one for one in cases if one["subject_id"] == str(person)]  # others lie there from the stories before
    assert (await officer.call("POST", f"/v1/moderation/cases/{case['id']}/claim")).status_code == 200
    assert NAME not in (await officer.call("GET", f"/v1/moderation/cases/{case['id']}")).text
    asked = {"purpose": "gọi lại cho người bị báo cáo", "case_id": case["id"]}
    grant = (await officer.call("POST", "/v1/pii-access", json=asked)).json()
    read = await officer.call("GET", f"/v1/pii-access/{grant['id']}/data", params={"attributes": ["phone", "identity_number"]})
    assert read.json()["values"] == {"phone": TELEPHONE, "identity_number": NUMBER}


async def pay(live: Live, http: httpx.AsyncClient, person_id: object) -> None:
    found = await ask(live.database, person_id)  # type: ignore[arg-type]  # a UUID
    assert await call(http, callback(found)) == (200, "00")


def heard(secret: str, said: str) -> bool:
    """Whether it stands there by itself: six digits within an id or a time are somebody else's."""
    return re.search(rf"(?<![0-9a-zA-Z.\-]){re.escape(secret)}(?![0-9a-zA-Z])", said) is not None


async def test_nobody_hears_of_it(live: Live) -> None:
    async with live.database.transaction() as session:
        for statement in _KEEP_PAYLOADS:
            await session.execute(text(statement))
    secrets = await story(live)

    async def quiet() -> bool:
        async with live.database.session() as session:
            waiting = "SELECT count(*) FROM kernel.pgqueuer WHERE execute_after <= clock_timestamp()"
            return not await session.scalar(text(waiting))

    await until(quiet, what="the worker has done what there was")
    places = {"logs": live.wrote()}
    async with live.database.session() as session:
        for place, statement in _TOLD.items():
            places[place] = "\n".join(await session.scalars(text(statement)))
    assert all(places.values()), "each of these places was written to"
    assert heard("717273", "code 717273")
    assert not heard("717273", "0f717273")
    assert [f"{what} in the {place}" for what, secret in secrets.items() for place, said in places.items() if heard(secret, said)] == []
