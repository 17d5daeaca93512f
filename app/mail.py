"""Sends one e-mail by SMTP, in a thread: the standard library's client is a blocking one."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from app.settings import AppSettings
from hanoismart.clock import now
from hanoismart.server.jobs import GiveUp

TIMEOUT = 15.0


async def send(settings: AppSettings, destination: str, subject: str, text: str) -> None:
    """Raises smtplib errors and OSError, to be tried again, and GiveUp when no server is set or it refuses the address for good."""
    if settings.smtp_host is None:
        raise GiveUp("no mail server is set")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, destination, subject
    message["Date"], message["Message-ID"] = formatdate(now().timestamp()), make_msgid(domain="hanoismart")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answer comes back
    message.set_content(text)
    try:
        await asyncio.to_thread(_deliver, settings, settings.smtp_host, message)
    except smtplib.SMTPRecipientsRefused as error:
        if all(code >= 550 for code, _ in error.recipients.values()):  # RFC 5321, 4.2.1: a permanent refusal
            raise GiveUp("the mail server refuses the address") from None
        raise


def _deliver(settings: AppSettings, host: str, message: EmailMessage) -> None:
    trusted = ssl.create_default_context()
    if settings.smtp_security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, settings.smtp_port, timeout=TIMEOUT, context=trusted)
    else:
        client = smtplib.SMTP(host, settings.smtp_port, timeout=TIMEOUT)
    with client:
        if settings.smtp_security == "starttls":
            client.starttls(context=trusted)
        if settings.smtp_user is not None:
            client.login(settings.smtp_user, settings.smtp_password or "")
        client.send_message(message)
