"""Which of identity's columns the installation's ring seals for long: what a rotation has to seal again."""

from identity.breaches.models import Breach
from identity.four_eyes.models import FourEyesAction
from identity.keys.models import SigningKey
from identity.moderation.dialogue.models import Message
from identity.moderation.models import Appeal, Report
from identity.people.models import PersonKey
from identity.privacy.models import PrivacyRequest
from kernel.resealing import register

register("identity.person_key", PersonKey, PersonKey.wrapped, lambda row: f"person-key:{row.person_id}".encode())
register("identity.signing_key", SigningKey, SigningKey.private, lambda row: row.kid.encode())
register("identity.moderation_report", Report, Report.evidence, lambda row: f"report:{row.id}".encode())
register("identity.moderation_appeal", Appeal, Appeal.text, lambda row: f"appeal:{row.id}".encode())
register("identity.moderation_message", Message, Message.text, lambda row: f"case-message:{row.id}".encode())
register("identity.privacy_request", PrivacyRequest, PrivacyRequest.details, lambda row: f"privacy-request:{row.id}".encode())
register("identity.breach", Breach, Breach.account, lambda row: f"breach:{row.id}".encode())
register("identity.four_eyes_action", FourEyesAction, FourEyesAction.result, lambda row: f"four-eyes:{row.id}".encode())
