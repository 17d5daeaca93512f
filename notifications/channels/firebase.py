"""Push to the mobile app through Firebase Cloud Messaging (HTTP v1), with our own judgement of its errors instead of its retries."""

import warnings
from typing import Any

import httpx
from firebase_admin import App, credentials, exceptions, messaging
from firebase_admin._http_client import HttpxAsyncClient
from firebase_admin._retry import HttpxRetry
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError

from notifications.addresses.models import AddressKind
from notifications.channels.ports import Fate, Outcome, PushMessage, retry_after

TIMEOUT = 10  # seconds; the library's own default is 120
_JUDGEMENT = {
    (403, "SENDER_ID_MISMATCH"): Outcome(Fate.DEAD, "sender_mismatch"),
    (401, "THIRD_PARTY_AUTH_ERROR"): Outcome(Fate.CONFIGURATION, "third_party_auth"),
    (401, "APNS_AUTH_ERROR"): Outcome(Fate.CONFIGURATION, "apns_auth"),
}
_BAD_ADDRESS = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


class NoCredentials(credentials.Base):  # type: ignore[misc]  # firebase_admin ships no types
    """For a stand-in that asks for none."""

    def get_credential(self) -> AnonymousCredentials:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]  # google-auth types it half


class FirebaseSender:
    """One per process and event loop: the library's client binds to the loop that uses it first."""

    def __init__(self, project: str, *, credentials_file: str | None = None, endpoint: str | None = None) -> None:
        """`endpoint` is a stand-in's address; without it the real service is used with the service account of `credentials_file`."""
        credential = NoCredentials() if endpoint else credentials.Certificate(credentials_file)
        # An app of our own outside the library's registry, which could only be left by a call that starts a second event loop.
        app = App(f"hanoismart-{project}", credential, {"projectId": project, "httpTimeout": TIMEOUT})
        # The library offers no setting for its address and retries a 503 four times within the call, so both are replaced here.
        self._service = messaging._MessagingService(app)  # noqa: SLF001 (no public way)
        self._client = HttpxAsyncClient(credential=credential.get_credential(), retry_config=HttpxRetry(max_retries=0), timeout=TIMEOUT)
        self._service._async_client = self._client  # noqa: SLF001 (no public way)
        if endpoint:
            self._service._fcm_url = f"{endpoint.rstrip('/')}/v1/projects/{project}/messages:send"  # noqa: SLF001 (no public way)

    async def send(self, message: PushMessage) -> Outcome:
        try:
            # This method's dry_run is True by default, its public twin's is False: it is always said.
            answers = await self._service.send_each_async([_built(message)], dry_run=False)
        except ValueError:
            return Outcome(Fate.FAULT, "invalid_message")
        except exceptions.FirebaseError as error:
            # A 401 makes the library renew its credentials first; when that fails too, our account is the trouble.
            refused = isinstance(error.cause, GoogleAuthError)
            return Outcome(Fate.CONFIGURATION, "credentials") if refused else Outcome(Fate.LATER, "unreachable")
        answer = answers.responses[0]
        return Outcome(Fate.ACCEPTED) if answer.success else _judged(answer.exception)

    async def close(self) -> None:
        await self._client.aclose()


def _built(message: PushMessage) -> Any:
    target = {"fid": message.address} if message.kind is AddressKind.FCM_FID else {"token": message.address}
    with warnings.catch_warnings():
        # Older apps hold tokens; the library deprecates them in favour of installation ids, the service still takes them.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _message(message, target)


def _message(message: PushMessage, target: dict[str, str]) -> Any:
    priority = "high" if message.urgent else "normal"
    return messaging.Message(
        **target,
        data=dict(message.data),
        notification=messaging.Notification(title=message.title, body=message.body or None),
        android=messaging.AndroidConfig(collapse_key=message.collapse, ttl=message.ttl, priority=priority),
        apns=messaging.APNSConfig(headers={"apns-collapse-id": message.collapse, "apns-priority": "10" if message.urgent else "5"}),
    )


def _judged(error: exceptions.FirebaseError) -> Outcome:
    """What an error of the service means for the address and for us (table in the docs of notifications)."""
    response: httpx.Response | None = error.http_response
    if response is None:
        return Outcome(Fate.LATER, "unreachable")  # a timeout after sending is ambiguous: the collapse key makes a second copy harmless
    code, types = _details(response)
    return _JUDGEMENT.get((response.status_code, code)) or _by_status(response, types)


def _by_status(response: httpx.Response, types: set[str]) -> Outcome:
    match response.status_code:
        case 404:
            return Outcome(Fate.DEAD, "unregistered")
        case 400 if _BAD_ADDRESS in types:
            return Outcome(Fate.DEAD, "malformed_address")
        case 400:
            return Outcome(Fate.FAULT, "invalid_message")
        case 401 | 403:
            return Outcome(Fate.CONFIGURATION, "credentials")
    return Outcome(Fate.LATER, "unavailable", retry_after(response.headers.get("retry-after")))


def _details(response: httpx.Response) -> tuple[str, set[str]]:
    """The FCM error code and the types of the details; both empty when the answer is not FCM's."""
    try:
        details = response.json()["error"].get("details", [])
        codes = [detail["errorCode"] for detail in details if "errorCode" in detail]
        return (codes[0] if codes else ""), {detail.get("@type", "") for detail in details}
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", set()
