"""Chip authentication: the published examples of the channel, chips of every kind, and every way to answer without the chip."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from asn1crypto import core
from sqlalchemy import select

from hanoismart.server.database import Database
from identity.people.models import PersonDocument
from identity.proofing.chip import chip_authentication
from identity.proofing.chip.chip_authentication import begin, key_of, verify
from identity.proofing.chip.lds import SecurityInfo, SecurityInfos
from identity.proofing.chip.refusals import ChipAuthenticationFailed, ChipAuthenticationMissing, ChipRefused, DataGroupMalformed
from identity.proofing.chip.secure_messaging import AnswerInvalidError, Channel, Suite, derive
from identity.proofing.chip.trust import TrustStore
from identity.proofing.specimen import KeyKind, Make, SpecimenAuthority, SpecimenDocument, make
from identity.proofing.specimen.making import tlv
from kernel.pool import Pool
from tests.identity.proofing.test_proofing_sessions import SESSIONS, counts, opened, reading, unpadded
from tests.identity.proofing.test_proofing_sessions import begin as begin_session

RFC_3526_2048 = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)
ONLY_AGREEING = Make(chip_key=None, agreement_key=KeyKind.BRAINPOOL_P256)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool("chip-authentication", workers=1, waiting=16)
    yield pool
    pool.close()


def without_parity(key: bytes) -> bytes:
    return bytes(byte & 0xFE for byte in key)


def test_the_keys_of_the_published_example() -> None:
    """ICAO 9303-11 appendix D.1."""
    encryption, authentication = derive(bytes.fromhex("239AB9CB282DAF66231DC5A4DF6BFBAE"), Suite.TRIPLE_DES)
    assert without_parity(encryption) == without_parity(bytes.fromhex("AB94FDECF2674FDFB9B391F85D7F76F2"))
    assert without_parity(authentication) == without_parity(bytes.fromhex("7962D9ECE03D1ACD4C76089DCE131543"))


def test_the_channel_of_the_published_example() -> None:
    """ICAO 9303-11 appendix D.4: READ BINARY of the first four bytes of EF.COM."""
    keys = bytes.fromhex("979EC13B1CBFE9DCD01AB0FED307EAE5"), bytes.fromhex("F1CB1F1FB5ADF208806B89DC579DC1F8")
    channel = Channel(Suite.TRIPLE_DES, *keys, counter=0x887022120C06C228)
    assert channel.command(bytes.fromhex("0CB00000"), 4).hex().upper() == "0CB000000D9701048E08ED6705417E96BA5500"
    answer = bytes.fromhex("8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000")
    assert channel.read_answer(answer).hex().upper() == "60145F01"
    with pytest.raises(AnswerInvalidError):
        channel.read_answer(answer)  # the counter has gone on


@pytest.mark.parametrize("suite", list(Suite))
@pytest.mark.parametrize("kind", [KeyKind.P256, KeyKind.BRAINPOOL_P384, KeyKind.P521])
def test_an_original_answers_and_nobody_else_can(suite: Suite, kind: KeyKind, vietnam: SpecimenAuthority, lan: SpecimenDocument) -> None:
    chip = make(vietnam, lan, Make(chip_key=None, agreement_key=kind, suite=suite))
    dg14 = chip.data_groups[14]
    begun = begin(dg14)
    answer = chip.authenticate(begun.public_key, begun.command)
    verify(begun.secret, dg14, answer)
    other = make(vietnam, lan, Make(chip_key=None, agreement_key=kind, suite=suite))
    with pytest.raises(AnswerInvalidError):
        other.authenticate(begun.public_key, begun.command)
    bent = bytes([answer[0], answer[1], answer[2], answer[3] ^ 1, *answer[4:]])
    for wrong in (bent, answer[:-1], b"", b"\x90\x00", b"\x69\x88", answer[:-2] + b"\x69\x88"):
        with pytest.raises(ChipAuthenticationFailed):
            verify(begun.secret, dg14, wrong)
    with pytest.raises(ChipAuthenticationFailed):
        verify(begin(dg14).secret, dg14, answer)  # recorded for another session
    with pytest.raises(ChipAuthenticationFailed):
        verify(begun.secret, other.data_groups[14], answer)


def test_diffie_hellman_over_a_prime_works_too() -> None:
    private = int.from_bytes(b"\x17" * 32, "big")
    parameters = core.Sequence.load(tlv(0x30, core.Integer(RFC_3526_2048).dump() + core.Integer(2).dump()))
    algorithm = tlv(0x30, core.ObjectIdentifier("1.2.840.113549.1.3.1").dump() + parameters.dump())
    public = core.Integer(pow(2, private, RFC_3526_2048)).dump()
    spki = tlv(0x30, algorithm + tlv(0x03, b"\x00" + public))
    infos = [
        SecurityInfo({"protocol": "0.4.0.127.0.7.2.2.1.1", "required": core.Sequence.load(spki)}),
        SecurityInfo({"protocol": "0.4.0.127.0.7.2.2.3.1.4", "required": core.Integer(1)}),
    ]
    dg14 = tlv(0x6E, SecurityInfos(infos).dump())
    begun = begin(dg14)
    shared = pow(int.from_bytes(begun.public_key, "big"), private, RFC_3526_2048).to_bytes(256, "big")
    channel = Channel(Suite.AES_256, *derive(shared, Suite.AES_256))
    channel.read_command(begun.command)
    verify(begun.secret, dg14, channel.answer(dg14[:16]))


def test_hostile_parameters_are_refused() -> None:
    algorithm = tlv(
        0x30, core.ObjectIdentifier("1.2.840.113549.1.3.1").dump() + tlv(0x30, core.Integer(23).dump() + core.Integer(5).dump())
    )
    small = tlv(0x30, algorithm + tlv(0x03, b"\x00" + core.Integer(8).dump()))
    infos = [SecurityInfo({"protocol": "0.4.0.127.0.7.2.2.1.1", "required": core.Sequence.load(small)})]
    for dg14 in (tlv(0x6E, SecurityInfos(infos).dump()), tlv(0x6E, b"\x31\x00"), tlv(0x6E, b"\x30\x00"), b"\x6e\x80", b"", tlv(0x6D, b"")):
        with pytest.raises(ChipRefused):
            begin(dg14)


def test_a_chip_without_such_a_key_is_not_asked(vietnam: SpecimenAuthority, lan: SpecimenDocument) -> None:
    dg14 = make(vietnam, lan).data_groups[14]
    assert key_of(dg14) is None
    with pytest.raises(ChipAuthenticationMissing):
        begin(dg14)
    with pytest.raises(DataGroupMalformed):
        key_of(dg14[:-1])
    assert chip_authentication.__doc__


async def test_a_chip_that_offers_it_must_do_it_and_counts_as_an_original(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    chip = make(vietnam, lan, ONLY_AGREEING)
    async with opened(db, trust, pool) as hub:

        async def handed_in(started: dict[str, Any], **more: Any) -> Any:
            body = reading(chip, unpadded(started["challenge"])) | more
            headers = {"Proofing-Secret": started["secret"]}
            return await hub.client.post(f"{SESSIONS}/{started['id']}/chip", json=body, headers=headers)

        async def asked(started: dict[str, Any]) -> bytes:
            body = {"data_group_14": base64.b64encode(chip.data_groups[14]).decode()}
            url, headers = f"{SESSIONS}/{started['id']}/chip-authentication", {"Proofing-Secret": started["secret"]}
            told = await hub.client.post(url, json=body, headers=headers)
            assert told.status_code == 200, told.text
            public_key, command = (base64.b64decode(told.json()[name]) for name in ("public_key", "command"))
            return chip.authenticate(public_key, command)

        assert (await handed_in(await begin_session(hub))).json()["code"] == "proofing.chip_authentication_missing"
        first, second = await begin_session(hub), await begin_session(hub)
        recorded = base64.b64encode(await asked(first)).decode()
        await asked(second)
        replayed = await handed_in(second, chip_answer=recorded)
        assert replayed.json()["code"] == "proofing.chip_authentication_failed"
        stripped = await begin_session(hub)
        groups = {"1": base64.b64encode(chip.data_groups[1]).decode()}
        assert (await handed_in(stripped, data_groups=groups)).json()["code"] == "proofing.data_group_missing"
        assert await counts(db) == [0, 0, 0, 0]
        assert (await handed_in(first, chip_answer=recorded)).json()["state"] == "verified"
    async with db.session() as session:
        assert list(await session.scalars(select(PersonDocument.original))) == [True]


async def test_only_an_open_session_of_ones_own_asks_a_chip(
    db: Database, trust: TrustStore, pool: Pool, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    body = {"data_group_14": base64.b64encode(make(vietnam, lan, ONLY_AGREEING).data_groups[14]).decode()}
    async with opened(db, trust, pool) as hub:
        started = await begin_session(hub)
        url = f"{SESSIONS}/{started['id']}/chip-authentication"
        assert (await hub.client.post(url, json=body, headers={"Proofing-Secret": "x" * 43})).status_code == 404
        without = {"data_group_14": base64.b64encode(make(vietnam, replace(lan)).data_groups[14]).decode()}
        answer = await hub.client.post(url, json=without, headers={"Proofing-Secret": started["secret"]})
        assert answer.json()["code"] == "proofing.chip_authentication_missing"
        assert (await hub.client.post(url, json=body, headers={"Proofing-Secret": started["secret"]})).status_code == 200
