"""What leaves the house for people: text messages and e-mail over real sockets, and what is asked of operators and platforms."""

import smtplib
import ssl
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.demo.fakes.serving import serving
from app.demo.fakes.sim import MobileOperator
from app.demo.fakes.sms import SmsGateway
from app.demo.fakes.smtp import MailServer
from app.ports import Messages, NoIntegrity, Nowhere, Places, SimOperator
from app.settings import AppSettings
from hanoismart.clock import now
from hanoismart.server.jobs import GiveUp
from identity.devices.models import Integrity
from identity.notices.models import Channel
from kernel.settings import UnsafeSettings

KEY = "a-key-of-the-tests"
MAIL = "lan@example.vn"


def chosen(**values: object) -> AppSettings:
    return AppSettings(_env_file=None, environment="test", **values)  # type: ignore[arg-type]  # settings by name


async def test_an_email_arrives_with_its_marks_and_says_that_a_machine_wrote_it() -> None:
    server = MailServer()
    async with server.serving() as port:
        post = Messages(chosen(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"))
        await post.send(Channel.EMAIL, MAIL, "HanoiSmart: mã xác minh", "Mã của bạn là 123456.\n.một dòng bắt đầu bằng dấu chấm")
    (message,) = server.to(MAIL)
    assert message["Subject"] == "HanoiSmart: mã xác minh"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().splitlines() == ["Mã của bạn là 123456.", ".một dòng bắt đầu bằng dấu chấm"]


async def test_an_address_the_server_refuses_for_good_is_given_up_and_a_busy_server_is_tried_again() -> None:
    server = MailServer(refused={MAIL})
    async with server.serving() as port:
        post = Messages(chosen(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"))
        with pytest.raises(GiveUp):
            await post.send(Channel.EMAIL, MAIL, "s", "t")
        server.out_of_order = True
        with pytest.raises(smtplib.SMTPException):
            await post.send(Channel.EMAIL, MAIL, "s", "t")


async def test_a_server_without_tls_is_not_spoken_to_where_tls_is_asked_for() -> None:
    server = MailServer()
    async with server.serving() as port:
        post = Messages(chosen(smtp_host="127.0.0.1", smtp_port=port, smtp_security="starttls"))
        with pytest.raises(smtplib.SMTPNotSupportedError):
            await post.send(Channel.EMAIL, MAIL, "s", "t")
    assert not server.messages


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for localhost that nobody but its maker vouches for, and a server's side of it."""
    key, moment = ec.generate_private_key(ec.SECP256R1()), now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), moment, moment + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, private)
    return path, context


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mail_travels_over_tls_to_the_server_it_is_meant_for(
    security: str, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate
    server = MailServer(tls=context, implicit=security == "tls")
    async with server.serving() as port:
        post = Messages(chosen(smtp_host="localhost", smtp_port=port, smtp_security=security))
        with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
            await post.send(Channel.EMAIL, MAIL, "s", "t")  # nobody vouches for it
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        await post.send(Channel.EMAIL, MAIL, "HanoiSmart", "Xin chào")
        elsewhere = Messages(chosen(smtp_host="127.0.0.1", smtp_port=port, smtp_security=security))
        with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
            await elsewhere.send(Channel.EMAIL, MAIL, "s", "t")
        bare = Messages(chosen(smtp_host="localhost", smtp_port=port, smtp_security="none"))
        if security == "starttls":
            with pytest.raises(smtplib.SMTPSenderRefused):
                await bare.send(Channel.EMAIL, MAIL, "s", "t")
    assert [message.get_content().strip() for message in server.to(MAIL)] == ["Xin chào"]
    assert server.sealed == 1


async def test_a_text_message_goes_to_the_gateway_and_an_unset_channel_is_given_up() -> None:
    gateway = SmsGateway(KEY)
    async with serving(gateway.app()) as url:
        post = Messages(chosen(sms_gateway_url=f"{url}/messages", sms_gateway_token=KEY))
        await post.send(Channel.SMS, "+84912345678", "ignored", "HanoiSmart: mã của bạn là 123456")
        gateway.out_of_order = True
        with pytest.raises(httpx.HTTPStatusError):
            await post.send(Channel.SMS, "+84912345678", "", "x")
    assert [message["to"] for message in gateway.messages] == ["+84912345678"]
    for channel, destination in ((Channel.SMS, "+84912345678"), (Channel.EMAIL, MAIL)):
        with pytest.raises(GiveUp):
            await Messages(chosen()).send(channel, destination, "s", "t")


def test_production_sends_mail_over_tls_alone() -> None:
    with pytest.raises(UnsafeSettings, match="SMTP_SECURITY"):
        AppSettings(_env_file=None, environment="production", smtp_host="mail.example", smtp_security="none")


async def test_the_operator_is_asked_and_its_silence_is_no_answer() -> None:
    operator, moment = MobileOperator(), now() - timedelta(days=1)
    operator.changed["+84912345678"] = moment
    async with serving(operator.app()) as url:
        asked = SimOperator(f"{url}/sim")
        assert await asked.changed_at("+84912345678") == moment
        assert await asked.changed_at("+84912345679") is None
    assert await asked.changed_at("+84912345678") is None  # gone
    assert await SimOperator(None).changed_at("+84912345678") is None


def test_places_and_operators_come_from_a_table(tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    table.write_text("# network,place,operator\n113.160.0.0/11,Hà Nội,AS45899\n113.190.0.0/16,Hà Nội (Hoàn Kiếm),AS45899\n")
    places = Places(table)
    assert (places.place("113.190.7.0/24"), places.operator("113.190.7.0/24")) == ("Hà Nội (Hoàn Kiếm)", "AS45899")
    assert (places.place("113.170.7.0/24"), places.place("8.8.8.0/24"), places.place("unknown")) == ("Hà Nội", None, None)
    assert (Nowhere().place("8.8.8.0/24"), Nowhere().operator("8.8.8.0/24")) == (None, None)


async def test_a_devices_word_is_believed_only_where_nothing_is_at_stake() -> None:
    assert await NoIntegrity(believe=True).verify("android", "altered", "jkt") is Integrity.ALTERED
    assert await NoIntegrity(believe=True).verify("android", None, "jkt") is Integrity.UNKNOWN
    assert await NoIntegrity(believe=False).verify("android", "genuine", "jkt") is Integrity.UNKNOWN
