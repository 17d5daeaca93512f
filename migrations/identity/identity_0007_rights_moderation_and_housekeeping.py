"""rights, moderation and housekeeping"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from hanoismart.ids import new_id
from migrations.operations import append_only, narrow, widen

revision = "identity_0007"
down_revision = "identity_0006"
branch_labels = None
depends_on = None

# Whoever proposed or approved a decision, or judged the first appeal, never judges an appeal against it, whatever the code above allows.
OTHER_REVIEWER = """
CREATE OR REPLACE FUNCTION identity.appeal_has_other_reviewer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.reviewer_id IS NOT NULL AND (EXISTS (
    SELECT FROM identity.moderation_decision
    WHERE id = NEW.decision_id AND NEW.reviewer_id IN (proposed_by, approved_by)
  ) OR EXISTS (
    SELECT FROM identity.moderation_appeal AS earlier
    WHERE earlier.decision_id = NEW.decision_id AND earlier.level < NEW.level AND earlier.reviewer_id = NEW.reviewer_id
  ) OR NEW.reviewer_id = NEW.owner_id) THEN
    RAISE EXCEPTION 'an appeal is judged by somebody who had no part in the decision' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""
OTHER_REVIEWER_BEFORE = """
CREATE OR REPLACE FUNCTION identity.appeal_has_other_reviewer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.reviewer_id IS NOT NULL AND EXISTS (
    SELECT FROM identity.moderation_decision
    WHERE id = NEW.decision_id AND NEW.reviewer_id IN (proposed_by, approved_by)
  ) THEN
    RAISE EXCEPTION 'an appeal is judged by somebody who had no part in the decision' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""
# No case changes its state without a step that says who did it and why, in the same transaction.
STATE_HAS_STEP = """
CREATE FUNCTION identity.case_state_has_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM identity.moderation_step
    WHERE case_id = NEW.id AND to_state = NEW.state AND xact = pg_current_xact_id()::text::bigint
  ) THEN
    RAISE EXCEPTION 'a case changes its state with a step of the same transaction' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""
ON_STATE = """
CREATE CONSTRAINT TRIGGER moderation_case_state_has_step AFTER UPDATE OF state ON identity.moderation_case
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION identity.case_state_has_step()
"""
# What was proposed is what is approved: nothing of it changes in between, and nothing after its end.
PROPOSAL_STANDS = """
CREATE FUNCTION identity.four_eyes_proposal_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.kind, OLD.payload, OLD.person_id, OLD.because, OLD.proposed_by, OLD.proposed_at)
    IS DISTINCT FROM (NEW.kind, NEW.payload, NEW.person_id, NEW.because, NEW.proposed_by, NEW.proposed_at)
    OR (OLD.executed_at IS NOT NULL AND OLD.executed_at IS DISTINCT FROM NEW.executed_at) OR OLD.refused_at IS NOT NULL
    OR (OLD.approved_by IS NOT NULL AND OLD.approved_by IS DISTINCT FROM NEW.approved_by) THEN
    RAISE EXCEPTION 'what was proposed is what is approved' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""
ON_FOUR_EYES = """
CREATE TRIGGER four_eyes_action_stands BEFORE UPDATE OR DELETE ON identity.four_eyes_action
FOR EACH ROW EXECUTE FUNCTION identity.four_eyes_proposal_stands()
"""
APPENDED = ("moderation_step", "moderation_reversal", "moderation_muting", "privacy_step", "breach_step", "moderation_automatic_match")
WORDS = (
    ("identity.role_holding", "role", ("triage", "privacy_officer", "investigator")),
    ("identity.moderation_case", "state", ("queued", "escalated")),
    ("identity.moderation_decision", "restriction", ("note", "warn", "limit", "mute", "suspend")),
)


FROM = "2026-01-01"
# type, step, value, unit, source, confirmed
CLOCKS = (
    ("withdraw", "answer", 2, "working_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("withdraw", "done", 15, "calendar_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("withdraw", "done_by_others", 20, "calendar_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("withdraw", "extension", 15, "calendar_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("restrict", "answer", 2, "working_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("restrict", "done", 15, "calendar_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("restrict", "done_by_others", 20, "calendar_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("restrict", "extension", 15, "calendar_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("object", "answer", 2, "working_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("object", "done", 15, "calendar_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("object", "done_by_others", 20, "calendar_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("object", "extension", 15, "calendar_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("access", "answer", 2, "working_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    (
        "access",
        "done",
        10,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "access",
        "done_by_others",
        20,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "access",
        "extension",
        10,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    ("correct", "answer", 2, "working_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    (
        "correct",
        "done",
        10,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "correct",
        "done_by_others",
        20,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "correct",
        "extension",
        10,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    ("supply", "answer", 2, "working_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    (
        "supply",
        "done",
        10,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "supply",
        "done_by_others",
        20,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "supply",
        "extension",
        10,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    ("inform", "answer", 2, "working_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    (
        "inform",
        "done",
        10,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "inform",
        "done_by_others",
        20,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "inform",
        "extension",
        10,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    ("erase", "answer", 2, "working_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    ("erase", "done", 20, "calendar_day", "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed", False),
    (
        "erase",
        "done_by_others",
        20,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "erase",
        "extension",
        15,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    ("erase", "cool_off", 7, "calendar_day", "HanoiSmart: time to change one's mind", True),
    ("complain", "answer", 2, "working_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    (
        "complain",
        "done",
        20,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "complain",
        "done_by_others",
        20,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "complain",
        "extension",
        15,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    ("protect", "answer", 2, "working_day", "Nghị định 356/2025/NĐ-CP, Điều 5 (frasersvn.com, cdlaf.vn)", True),
    (
        "protect",
        "done",
        20,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "protect",
        "done_by_others",
        20,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
    (
        "protect",
        "extension",
        15,
        "calendar_day",
        "không có nguồn / no source at hand: 10 to 20 days for all types (cdlaf.vn); unconfirmed",
        False,
    ),
)
# name, what it is in Vietnamese and English, why so long, action, hours
RETENTION = (
    (
        "oauth.spent_identifier",
        "Mã định danh một lần đã dùng",
        "One-time identifiers that were used",
        "OWASP, RFC 9449: no longer than they could be replayed",
        "delete",
        0,
    ),
    ("oauth.pushed_request", "Yêu cầu ủy quyền đã gửi", "Pushed authorization requests", "RFC 9126: 60 seconds", "delete", 0),
    (
        "oauth.authorization_code",
        "Mã ủy quyền",
        "Authorization codes",
        "RFC 6749 §4.1.2: a second use is recognised for a day",
        "delete",
        24,
    ),
    (
        "oauth.refresh_token",
        "Mã làm mới đã hết hạn",
        "Refresh tokens that have expired",
        "RFC 9700: a second use is recognised for a day",
        "delete",
        24,
    ),
    (
        "oauth.grant",
        "Lượt ủy quyền đã kết thúc",
        "Grants that are over",
        "HanoiSmart: 90 days, for questions about past sign-ins",
        "delete",
        2160,
    ),
    ("credentials.challenge", "Thử thách của khóa truy cập", "Passkey challenges", "WebAuthn: five minutes", "delete", 0),
    ("sessions.revocation", "Thu hồi mã truy cập", "Revocations of access tokens", "Longer than any access token lives", "delete", 1),
    (
        "sessions.sign_in_session",
        "Phiên đăng nhập đã kết thúc",
        "Sign-in sessions that are over",
        "HanoiSmart: 90 days, for the person's own list and fraud signals",
        "delete",
        2160,
    ),
    (
        "contacts.phone_flow",
        "Mã xác minh số điện thoại",
        "Codes that prove a telephone number",
        "HanoiSmart: one hour after they expire",
        "delete",
        1,
    ),
    (
        "proofing.enrolment",
        "Mã đăng ký khóa truy cập đầu tiên",
        "Secrets that register the first passkey",
        "HanoiSmart: one day",
        "delete",
        24,
    ),
    (
        "proofing.session_fruitless",
        "Phiên định danh không thành",
        "Proofings that led to nothing",
        "Luật 91/2025/QH15: no longer than needed",
        "delete",
        24,
    ),
    (
        "proofing.session_decided",
        "Phiên định danh đã quyết định",
        "Proofings that were decided",
        "HanoiSmart: 30 days for complaints",
        "delete",
        720,
    ),
    ("signals.signal", "Dấu hiệu gian lận", "Fraud signals", "HanoiSmart: one year", "delete", 8760),
    (
        "pii_access.grant",
        "Quyền xem dữ liệu cá nhân đã hết",
        "Grants to see personal data that are over",
        "HanoiSmart: two years, beside the person's own log",
        "delete",
        17520,
    ),
    (
        "moderation.message",
        "Trao đổi trong hồ sơ đã đóng",
        "Messages of closed cases",
        "Nghị định 147/2024/NĐ-CP: two years",
        "delete",
        17520,
    ),
    (
        "moderation.evidence",
        "Bằng chứng của hồ sơ đã đóng",
        "Evidence of closed cases",
        "Nghị định 147/2024/NĐ-CP: two years",
        "erase",
        17520,
    ),
    (
        "clients.alias_of_erased",
        "Bí danh của người đã xóa tài khoản",
        "Pairwise names of erased people",
        "HanoiSmart: 30 days, so that services can be told",
        "delete",
        720,
    ),
    (
        "privacy.archive",
        "Bản sao dữ liệu đã hết hạn tải",
        "Data archives that can no longer be fetched",
        "HanoiSmart: seven days",
        "delete",
        0,
    ),
    (
        "people.attributes",
        "Dữ liệu định danh",
        "Identity attributes",
        "Luật 91/2025/QH15: until the account is erased, by destroying the person's key",
        "keep",
        None,
    ),
    ("consent.receipt", "Biên nhận đồng ý", "Receipts of consent", "Nghị định 356/2025/NĐ-CP: evidence of consent", "keep", None),
    ("disclosures.reading", "Nhật ký đọc dữ liệu", "The log of readings", "Luật 91/2025/QH15: the person's own log", "keep", None),
    (
        "moderation.decision",
        "Quyết định và văn bản nêu lý do",
        "Decisions and statements of reasons",
        "Nghị định 147/2024/NĐ-CP",
        "keep",
        None,
    ),
    ("audit.entry", "Nhật ký kiểm toán", "The audit chain", "HanoiSmart: ids only, no personal data", "keep", None),
    ("breaches.breach", "Hồ sơ vi phạm dữ liệu", "Breach records", "Luật 91/2025/QH15", "keep", None),
)
DELAYS = (
    (
        "criminal_investigation",
        "Điều tra tội phạm",
        "Criminal investigation",
        "Bộ luật Tố tụng hình sự 2015, Điều 88; Luật 91/2025/QH15",
        365,
    ),
    ("fraud_investigation", "Xác minh gian lận", "Fraud investigation", "Luật 91/2025/QH15", 90),
)


def fill() -> None:
    """The clocks, the retention schedule and the delays of disclosure that the house starts with."""
    connection = op.get_bind()
    clock = sa.text(
        "INSERT INTO identity.privacy_clock (id, type, step, value, unit, source, confirmed, valid_from)"
        " VALUES (:id, :type, :step, :value, :unit, :source, :confirmed, CAST(CAST(:since AS text) AS date))"
    )
    names = ("type", "step", "value", "unit", "source", "confirmed")
    connection.execute(clock, [dict(zip(names, row, strict=True)) | {"id": new_id(), "since": FROM} for row in CLOCKS])
    kept = sa.text(
        "INSERT INTO identity.retention_rule (id, name, what_vi, what_en, source, action, hours, valid_from)"
        " VALUES (:id, :name, :vi, :en, :source, :action, :hours, CAST(CAST(:since AS text) AS date))"
    )
    columns = ("name", "vi", "en", "source", "action", "hours")
    connection.execute(kept, [dict(zip(columns, row, strict=True)) | {"id": new_id(), "since": FROM} for row in RETENTION])
    delay = sa.text(
        "INSERT INTO identity.disclosure_delay (id, code, text_vi, text_en, legal_basis, most_days, valid_from)"
        " VALUES (:id, :code, :vi, :en, :basis, :days, CAST(CAST(:since AS text) AS date))"
    )
    fields = ("code", "vi", "en", "basis", "days")
    connection.execute(delay, [dict(zip(fields, row, strict=True)) | {"id": new_id(), "since": FROM} for row in DELAYS])


def let_in() -> None:
    for table, column, words in WORDS:
        widen(table, column, column, *words)
    op.drop_constraint(op.f("ck_moderation_decision_days"), "moderation_decision", schema="identity", type_="check")
    op.create_check_constraint(
        op.f("ck_moderation_decision_days"),
        "moderation_decision",
        "days IS NULL OR (restriction IN ('limit', 'mute', 'suspend', 'lock') AND days BETWEEN 1 AND 365)",
        schema="identity",
    )
    op.create_check_constraint(
        op.f("ck_moderation_decision_time_boxed"),
        "moderation_decision",
        "restriction NOT IN ('limit', 'mute', 'suspend') OR days IS NOT NULL",
        schema="identity",
    )
    op.create_check_constraint(
        op.f("ck_consent_two_parties"), "consent", "representative_id IS NULL OR representative_id <> person_id", schema="identity"
    )
    op.create_check_constraint(op.f("ck_moderation_appeal_level"), "moderation_appeal", "level IN (1, 2)", schema="identity")


def let_out() -> None:
    """What the older schema cannot say is said as it comes closest: decisions of new kinds count as locks or as nothing."""
    op.execute("DROP TRIGGER moderation_case_state_has_step ON identity.moderation_case")
    op.execute("UPDATE identity.moderation_case SET state = 'open' WHERE state IN ('queued', 'escalated')")
    op.execute("DELETE FROM identity.role_holding WHERE role IN ('triage', 'privacy_officer', 'investigator')")
    op.execute("UPDATE identity.consent SET withdrawn_at = given_at WHERE two_parties AND withdrawn_at IS NULL")
    op.execute("DELETE FROM identity.moderation_message WHERE appeal_id IS NOT NULL")
    op.execute("DELETE FROM identity.moderation_appeal WHERE level = 2")
    op.drop_constraint(op.f("ck_moderation_decision_days"), "moderation_decision", schema="identity", type_="check")
    op.drop_constraint(op.f("ck_moderation_decision_time_boxed"), "moderation_decision", schema="identity", type_="check")
    op.execute("ALTER TABLE identity.moderation_decision DISABLE TRIGGER USER")
    op.execute("UPDATE identity.moderation_decision SET restriction = 'none', days = NULL WHERE restriction IN ('note', 'warn', 'limit')")
    op.execute("UPDATE identity.moderation_decision SET restriction = 'lock' WHERE restriction IN ('mute', 'suspend')")
    op.execute("ALTER TABLE identity.moderation_decision ENABLE TRIGGER USER")
    for table, column, words in WORDS:
        narrow(table, column, column, *words)
    op.create_check_constraint(
        op.f("ck_moderation_decision_days"),
        "moderation_decision",
        "days IS NULL OR (restriction = 'lock' AND days BETWEEN 1 AND 365)",
        schema="identity",
    )
    op.drop_constraint(op.f("ck_consent_two_parties"), "consent", schema="identity", type_="check")
    op.execute(OTHER_REVIEWER_BEFORE)
    op.execute("DROP FUNCTION identity.case_state_has_step()")


def upgrade() -> None:  # noqa: PLR0915 - a migration has the length of its change
    op.create_table(
        "breach",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "assessed",
                "notified",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("persons_affected", sa.Integer(), nullable=True),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("no_notice_because", sa.String(length=1000), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_breach_closed")),
        sa.CheckConstraint(
            "state IN ('open', 'assessed') OR notified_at IS NOT NULL OR no_notice_because IS NOT NULL", name=op.f("ck_breach_told")
        ),
        sa.CheckConstraint("due_at > noticed_at", name=op.f("ck_breach_clock")),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_breach_severity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
        schema="identity",
    )
    op.create_index(
        "ix_breach_due_at_open",
        "breach",
        ["due_at"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("state IN ('open', 'assessed')"),
    )
    op.create_table(
        "disclosure_delay",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("text_vi", sa.String(length=300), nullable=False),
        sa.Column("text_en", sa.String(length=300), nullable=False),
        sa.Column("legal_basis", sa.String(length=300), nullable=False),
        sa.Column("most_days", sa.SmallInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("most_days BETWEEN 1 AND 3650", name=op.f("ck_disclosure_delay_most_days")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_disclosure_delay_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_delay")),
        sa.UniqueConstraint("code", "valid_from", name=op.f("uq_disclosure_delay_code_valid_from")),
        schema="identity",
    )
    op.create_table(
        "four_eyes_action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("unverify", "bulk", "pii_export", name="kind", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("because", sa.String(length=1000), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("executed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name=op.f("ck_four_eyes_action_other_person")),
        sa.CheckConstraint(
            "executed_at IS NULL OR (approved_by IS NOT NULL AND approved_by <> proposed_by)", name=op.f("ck_four_eyes_action_four_eyes")
        ),
        sa.CheckConstraint("executed_at IS NULL OR refused_at IS NULL", name=op.f("ck_four_eyes_action_one_end")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_four_eyes_action")),
        schema="identity",
    )
    op.create_index(
        "ix_four_eyes_action_waiting",
        "four_eyes_action",
        ["proposed_at", "id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("executed_at IS NULL AND refused_at IS NULL"),
    )
    op.create_table(
        "moderation_authority",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name_vi", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_moderation_authority_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_authority")),
        sa.UniqueConstraint("key", "valid_from", name=op.f("uq_moderation_authority_key_valid_from")),
        schema="identity",
    )
    op.create_table(
        "moderation_automatic_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("off", "shadow", "live", name="mode", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column(
            "effect",
            sa.Enum("route", "raise", "hide", name="effect", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("queue", sa.String(length=40), nullable=True),
        sa.Column("conditions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("text_vi", sa.String(length=500), nullable=False),
        sa.Column("text_en", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("effect <> 'route' OR queue IS NOT NULL", name=op.f("ck_moderation_automatic_rule_queue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_automatic_rule")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_moderation_automatic_rule_key_version")),
        schema="identity",
    )
    op.create_index(
        "uq_moderation_automatic_rule_current",
        "moderation_automatic_rule",
        ["key"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("current"),
    )
    op.create_table(
        "moderation_bulk",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("verdict", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "preview",
                "proposed",
                "executed",
                "undone",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("subjects", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("executed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('executed', 'undone') OR subjects <= 50 OR (approved_by IS NOT NULL AND approved_by <> made_by)",
            name=op.f("ck_moderation_bulk_four_eyes"),
        ),
        sa.CheckConstraint("subjects BETWEEN 1 AND 1000", name=op.f("ck_moderation_bulk_subjects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_bulk")),
        schema="identity",
    )
    op.create_table(
        "moderation_reason",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text_vi", sa.String(length=300), nullable=False),
        sa.Column("text_en", sa.String(length=300), nullable=False),
        sa.Column("rule_set", sa.String(length=40), nullable=False),
        sa.Column("rule_key", sa.String(length=60), nullable=False),
        sa.Column("legal_ref", sa.String(length=300), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("deadline", sa.String(length=60), nullable=False),
        sa.Column("lane", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_moderation_reason_severity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_reason")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_moderation_reason_key_version")),
        schema="identity",
    )
    op.create_table(
        "moderation_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text_vi", sa.String(length=2000), nullable=False),
        sa.Column("text_en", sa.String(length=2000), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_template")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_moderation_template_key_version")),
        schema="identity",
    )
    op.create_table(
        "privacy_clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "inform",
                "access",
                "correct",
                "supply",
                "erase",
                "restrict",
                "object",
                "withdraw",
                "complain",
                "protect",
                name="type",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column(
            "step",
            sa.Enum(
                "answer",
                "done",
                "done_by_others",
                "extension",
                "cool_off",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("unit IN ('working_day', 'calendar_day', 'working_hour', 'hour', 'month')", name=op.f("ck_privacy_clock_unit")),
        sa.CheckConstraint("value BETWEEN 0 AND 365", name=op.f("ck_privacy_clock_value")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_clock")),
        sa.UniqueConstraint("type", "step", "valid_from", name=op.f("uq_privacy_clock_type_step_valid_from")),
        schema="identity",
    )
    op.create_table(
        "retention_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("what_vi", sa.String(length=300), nullable=False),
        sa.Column("what_en", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column(
            "action",
            sa.Enum("keep", "delete", "erase", name="action", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.CheckConstraint("(action = 'keep') = (hours IS NULL)", name=op.f("ck_retention_rule_hours")),
        sa.CheckConstraint("hours IS NULL OR hours >= 0", name=op.f("ck_retention_rule_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
        sa.UniqueConstraint("name", name=op.f("uq_retention_rule_name")),
        schema="identity",
    )
    op.create_table(
        "breach_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("breach_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "assessed",
                "notified",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column(
            "told",
            sa.Enum(
                "authority",
                "persons",
                "public",
                "processor",
                name="told",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=True,
        ),
        sa.Column("told_whom", sa.String(length=200), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.CheckConstraint("(told IS NULL) = (told_whom IS NULL)", name=op.f("ck_breach_step_told")),
        sa.ForeignKeyConstraint(["breach_id"], ["identity.breach.id"], name=op.f("fk_breach_step_breach_id_breach")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_step")),
        schema="identity",
    )
    op.create_index(op.f("ix_breach_step_breach_id_at_id"), "breach_step", ["breach_id", "at", "id"], unique=False, schema="identity")
    op.create_table(
        "flagged_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("because", sa.String(length=300), nullable=False),
        sa.Column("flagged_by", sa.Uuid(), nullable=False),
        sa.Column("flagged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_flagged_record_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flagged_record")),
        schema="identity",
    )
    op.create_index(
        "uq_flagged_record_current",
        "flagged_record",
        ["person_id"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "fraud_signal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "velocity",
                "impossible_travel",
                "sim_change",
                "many_accounts",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 100", name=op.f("ck_fraud_signal_score")),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_fraud_signal_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_signal")),
        schema="identity",
    )
    op.create_index(op.f("ix_fraud_signal_person_id_at"), "fraud_signal", ["person_id", "at"], unique=False, schema="identity")
    op.create_table(
        "investigation_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("delay_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("visible_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name=op.f("ck_investigation_order_approval")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name=op.f("ck_investigation_order_four_eyes")),
        sa.CheckConstraint(
            "person_id <> proposed_by AND (approved_by IS NULL OR approved_by <> person_id)", name=op.f("ck_investigation_order_own")
        ),
        sa.ForeignKeyConstraint(
            ["delay_id"], ["identity.disclosure_delay.id"], name=op.f("fk_investigation_order_delay_id_disclosure_delay")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_investigation_order_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investigation_order")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_investigation_order_proposed_at_id"), "investigation_order", ["proposed_at", "id"], unique=False, schema="identity"
    )
    op.create_table(
        "moderation_muting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_vi", sa.String(length=500), nullable=False),
        sa.Column("reason_en", sa.String(length=500), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_moderation_muting_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_muting")),
        schema="identity",
    )
    op.create_index(op.f("ix_moderation_muting_person_id_at"), "moderation_muting", ["person_id", "at"], unique=False, schema="identity")
    op.create_table(
        "moderation_queue_route",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["identity.admin_unit.id"], name=op.f("fk_moderation_queue_route_area_id_admin_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_queue_route")),
        sa.UniqueConstraint("position", name=op.f("uq_moderation_queue_route_position")),
        schema="identity",
    )
    op.create_table(
        "moderation_reporter",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("upheld", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("muted_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("upheld >= 0 AND rejected >= 0", name=op.f("ck_moderation_reporter_counts")),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_moderation_reporter_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_moderation_reporter")),
        schema="identity",
    )
    op.create_table(
        "privacy_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "inform",
                "access",
                "correct",
                "supply",
                "erase",
                "restrict",
                "object",
                "withdraw",
                "complain",
                "protect",
                name="type",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "acknowledged",
                "extended",
                "done",
                "refused",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.String(length=120), nullable=True),
        sa.Column("calendar", sa.String(length=80), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extended_because", sa.String(length=500), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state IN ('done', 'refused', 'cancelled')) = (ended_at IS NOT NULL)", name=op.f("ck_privacy_request_ended")),
        sa.CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name=op.f("ck_privacy_request_lease")),
        sa.CheckConstraint("extended_at IS NULL OR extended_because IS NOT NULL", name=op.f("ck_privacy_request_extension")),
        sa.CheckConstraint("lease_owner IS NULL OR lease_owner <> person_id", name=op.f("ck_privacy_request_own")),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_privacy_request_person_id_person")),
        sa.ForeignKeyConstraint(["requested_by"], ["identity.person.id"], name=op.f("fk_privacy_request_requested_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_request")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_privacy_request_client_id"),
        "privacy_request",
        ["client_id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_privacy_request_person_id_received_at_id"),
        "privacy_request",
        ["person_id", "received_at", "id"],
        unique=False,
        schema="identity",
    )
    op.create_index(
        op.f("ix_privacy_request_state_due_at_id"), "privacy_request", ["state", "due_at", "id"], unique=False, schema="identity"
    )
    op.create_table(
        "moderation_authority_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "phone", "paper", "electronic", name="channel", native_enum=False, create_constraint=True, length=64, schema="identity"
            ),
            nullable=False,
        ),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("legal_ref", sa.String(length=300), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("acted", "partly", "refused", name="outcome", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=True,
        ),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name=op.f("ck_moderation_authority_request_answer")),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["identity.moderation_authority.id"],
            name=op.f("fk_moderation_authority_request_authority_id_moderation_authority"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["identity.moderation_case.id"], name=op.f("fk_moderation_authority_request_case_id_moderation_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_authority_request")),
        schema="identity",
    )
    op.create_index(
        "ix_moderation_authority_request_open",
        "moderation_authority_request",
        ["due_at", "id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "moderation_automatic_match",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("off", "shadow", "live", name="mode", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["identity.moderation_case.id"], name=op.f("fk_moderation_automatic_match_case_id_moderation_case")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["identity.moderation_automatic_rule.id"],
            name=op.f("fk_moderation_automatic_match_rule_id_moderation_automatic_rule"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_automatic_match")),
        sa.UniqueConstraint("rule_id", "case_id", name=op.f("uq_moderation_automatic_match_rule_id_case_id")),
        schema="identity",
    )
    op.create_table(
        "moderation_bulk_item",
        sa.Column("bulk_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["bulk_id"], ["identity.moderation_bulk.id"], name=op.f("fk_moderation_bulk_item_bulk_id_moderation_bulk")),
        sa.ForeignKeyConstraint(["case_id"], ["identity.moderation_case.id"], name=op.f("fk_moderation_bulk_item_case_id_moderation_case")),
        sa.PrimaryKeyConstraint("bulk_id", "case_id", name=op.f("pk_moderation_bulk_item")),
        schema="identity",
    )
    op.create_table(
        "moderation_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "open",
                "queued",
                "assigned",
                "escalated",
                "proposed",
                "closed",
                name="from_state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "open",
                "queued",
                "assigned",
                "escalated",
                "proposed",
                "closed",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("internal", sa.String(length=1000), nullable=True),
        sa.Column("public_vi", sa.String(length=1000), nullable=True),
        sa.Column("public_en", sa.String(length=1000), nullable=True),
        sa.Column("xact", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["identity.moderation_case.id"], name=op.f("fk_moderation_step_case_id_moderation_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_step")),
        schema="identity",
    )
    op.create_index(op.f("ix_moderation_step_case_id_at_id"), "moderation_step", ["case_id", "at", "id"], unique=False, schema="identity")
    op.create_table(
        "pii_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > granted_at", name=op.f("ck_pii_grant_duration")),
        sa.CheckConstraint("officer_id <> person_id", name=op.f("ck_pii_grant_own")),
        sa.ForeignKeyConstraint(["case_id"], ["identity.moderation_case.id"], name=op.f("fk_pii_grant_case_id_moderation_case")),
        sa.ForeignKeyConstraint(["officer_id"], ["identity.person.id"], name=op.f("fk_pii_grant_officer_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_pii_grant_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pii_grant")),
        schema="identity",
    )
    op.create_index(op.f("ix_pii_grant_officer_id_granted_at"), "pii_grant", ["officer_id", "granted_at"], unique=False, schema="identity")
    op.create_table(
        "privacy_archive",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("blob", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("contents", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_privacy_archive_person_id_person")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["identity.privacy_request.id"], name=op.f("fk_privacy_archive_request_id_privacy_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_archive")),
        sa.UniqueConstraint("request_id", name=op.f("uq_privacy_archive_request_id")),
        schema="identity",
    )
    op.create_index(op.f("ix_privacy_archive_expires_at"), "privacy_archive", ["expires_at"], unique=False, schema="identity")
    op.create_index(
        op.f("ix_privacy_archive_person_id_ready_at"), "privacy_archive", ["person_id", "ready_at"], unique=False, schema="identity"
    )
    op.create_table(
        "privacy_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_role", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "acknowledged",
                "extended",
                "done",
                "refused",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("note_vi", sa.String(length=2000), nullable=False),
        sa.Column("note_en", sa.String(length=2000), nullable=False),
        sa.Column("internal", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["identity.privacy_request.id"], name=op.f("fk_privacy_step_request_id_privacy_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_step")),
        schema="identity",
    )
    op.create_index(op.f("ix_privacy_step_request_id_at_id"), "privacy_step", ["request_id", "at", "id"], unique=False, schema="identity")
    op.create_table(
        "moderation_reversal",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("because", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["identity.moderation_decision.id"], name=op.f("fk_moderation_reversal_decision_id_moderation_decision")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_moderation_reversal")),
        schema="identity",
    )
    op.create_table(
        "moderation_strike",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("weight BETWEEN 1 AND 10", name=op.f("ck_moderation_strike_weight")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["identity.moderation_decision.id"], name=op.f("fk_moderation_strike_decision_id_moderation_decision")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_moderation_strike_person_id_person")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_moderation_strike")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_moderation_strike_person_id_expires_at"), "moderation_strike", ["person_id", "expires_at"], unique=False, schema="identity"
    )
    op.create_table(
        "moderation_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=True),
        sa.Column(
            "party",
            sa.Enum("owner", "staff", name="party", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["identity.moderation_appeal.id"], name=op.f("fk_moderation_message_appeal_id_moderation_appeal")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["identity.moderation_case.id"], name=op.f("fk_moderation_message_case_id_moderation_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_message")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_moderation_message_case_id_at_id"), "moderation_message", ["case_id", "at", "id"], unique=False, schema="identity"
    )
    op.add_column("consent", sa.Column("withdrawn_by", sa.Uuid(), nullable=True), schema="identity")
    op.add_column("consent", sa.Column("two_parties", sa.Boolean(), server_default=sa.text("false"), nullable=False), schema="identity")
    op.add_column("consent", sa.Column("own_at", sa.DateTime(timezone=True), nullable=True), schema="identity")
    op.add_column("consent", sa.Column("representative_id", sa.Uuid(), nullable=True), schema="identity")
    op.add_column("consent", sa.Column("represented_at", sa.DateTime(timezone=True), nullable=True), schema="identity")
    op.create_index(op.f("ix_consent_person_id_given_at_id"), "consent", ["person_id", "given_at", "id"], unique=False, schema="identity")
    op.create_foreign_key(
        op.f("fk_consent_representative_id_person"),
        "consent",
        "person",
        ["representative_id"],
        ["id"],
        source_schema="identity",
        referent_schema="identity",
    )
    op.add_column("consent_receipt", sa.Column("given_by", sa.Uuid(), nullable=True), schema="identity")
    op.execute("UPDATE identity.consent_receipt SET given_by = person_id")
    op.alter_column("consent_receipt", "given_by", nullable=False, schema="identity")
    op.create_foreign_key(
        op.f("fk_consent_receipt_given_by_person"),
        "consent_receipt",
        "person",
        ["given_by"],
        ["id"],
        source_schema="identity",
        referent_schema="identity",
    )
    op.add_column("moderation_appeal", sa.Column("level", sa.SmallInteger(), server_default="1", nullable=False), schema="identity")
    op.add_column("moderation_appeal", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True), schema="identity")
    op.drop_constraint(op.f("uq_moderation_appeal_decision_id_owner_id"), "moderation_appeal", schema="identity", type_="unique")
    op.create_unique_constraint(
        op.f("uq_moderation_appeal_decision_id_owner_id_level"),
        "moderation_appeal",
        ["decision_id", "owner_id", "level"],
        schema="identity",
    )
    op.add_column("moderation_case", sa.Column("reason", sa.String(length=60), server_default="", nullable=False), schema="identity")
    op.add_column("moderation_case", sa.Column("area_id", sa.Uuid(), nullable=True), schema="identity")
    op.add_column("moderation_case", sa.Column("language", sa.String(length=10), nullable=True), schema="identity")
    op.add_column("moderation_case", sa.Column("lane", sa.Boolean(), server_default=sa.text("false"), nullable=False), schema="identity")
    op.add_column("moderation_case", sa.Column("priority", sa.Integer(), server_default="0", nullable=False), schema="identity")
    op.add_column(
        "moderation_case",
        sa.Column("factors", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        schema="identity",
    )
    op.add_column("moderation_case", sa.Column("version", sa.Integer(), server_default="1", nullable=False), schema="identity")
    op.create_index(
        "ix_moderation_case_priority",
        "moderation_case",
        ["lane", "priority", "id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_foreign_key(
        op.f("fk_moderation_case_area_id_admin_unit"),
        "moderation_case",
        "admin_unit",
        ["area_id"],
        ["id"],
        source_schema="identity",
        referent_schema="identity",
    )
    op.add_column("moderation_decision", sa.Column("authority_request_id", sa.Uuid(), nullable=True), schema="identity")
    op.add_column(
        "moderation_decision", sa.Column("counts", sa.Boolean(), server_default=sa.text("true"), nullable=False), schema="identity"
    )
    op.add_column("moderation_decision", sa.Column("bulk_id", sa.Uuid(), nullable=True), schema="identity")
    op.create_index(op.f("ix_moderation_decision_decided_at"), "moderation_decision", ["decided_at"], unique=False, schema="identity")
    op.add_column(
        "moderation_sanction",
        sa.Column(
            "restriction",
            sa.Enum(
                "none",
                "note",
                "warn",
                "remove",
                "limit",
                "mute",
                "suspend",
                "lock",
                name="restriction",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            server_default="lock",
            nullable=False,
        ),
        schema="identity",
    )
    let_in()
    fill()
    for table in APPENDED:
        append_only(f"identity.{table}")
    for statement in (OTHER_REVIEWER, STATE_HAS_STEP, ON_STATE, PROPOSAL_STANDS, ON_FOUR_EYES):
        op.execute(statement)


def downgrade() -> None:  # noqa: PLR0915 - a migration has the length of its change
    let_out()
    op.drop_column("moderation_sanction", "restriction", schema="identity")
    op.drop_index(op.f("ix_moderation_decision_decided_at"), table_name="moderation_decision", schema="identity")
    op.drop_column("moderation_decision", "bulk_id", schema="identity")
    op.drop_column("moderation_decision", "counts", schema="identity")
    op.drop_column("moderation_decision", "authority_request_id", schema="identity")
    op.drop_constraint(op.f("fk_moderation_case_area_id_admin_unit"), "moderation_case", schema="identity", type_="foreignkey")
    op.drop_index(
        "ix_moderation_case_priority", table_name="moderation_case", schema="identity", postgresql_where=sa.text("state <> 'closed'")
    )
    op.drop_column("moderation_case", "version", schema="identity")
    op.drop_column("moderation_case", "factors", schema="identity")
    op.drop_column("moderation_case", "priority", schema="identity")
    op.drop_column("moderation_case", "lane", schema="identity")
    op.drop_column("moderation_case", "language", schema="identity")
    op.drop_column("moderation_case", "area_id", schema="identity")
    op.drop_column("moderation_case", "reason", schema="identity")
    op.drop_constraint(op.f("uq_moderation_appeal_decision_id_owner_id_level"), "moderation_appeal", schema="identity", type_="unique")
    op.create_unique_constraint(
        op.f("uq_moderation_appeal_decision_id_owner_id"),
        "moderation_appeal",
        ["decision_id", "owner_id"],
        schema="identity",
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("moderation_appeal", "due_at", schema="identity")
    op.drop_column("moderation_appeal", "level", schema="identity")
    op.drop_constraint(op.f("fk_consent_receipt_given_by_person"), "consent_receipt", schema="identity", type_="foreignkey")
    op.drop_column("consent_receipt", "given_by", schema="identity")
    op.drop_constraint(op.f("fk_consent_representative_id_person"), "consent", schema="identity", type_="foreignkey")
    op.drop_index(op.f("ix_consent_person_id_given_at_id"), table_name="consent", schema="identity")
    op.drop_column("consent", "represented_at", schema="identity")
    op.drop_column("consent", "representative_id", schema="identity")
    op.drop_column("consent", "own_at", schema="identity")
    op.drop_column("consent", "two_parties", schema="identity")
    op.drop_column("consent", "withdrawn_by", schema="identity")
    op.drop_index(op.f("ix_moderation_message_case_id_at_id"), table_name="moderation_message", schema="identity")
    op.drop_table("moderation_message", schema="identity")
    op.drop_index(op.f("ix_moderation_strike_person_id_expires_at"), table_name="moderation_strike", schema="identity")
    op.drop_table("moderation_strike", schema="identity")
    op.drop_table("moderation_reversal", schema="identity")
    op.drop_index(op.f("ix_privacy_step_request_id_at_id"), table_name="privacy_step", schema="identity")
    op.drop_table("privacy_step", schema="identity")
    op.drop_index(op.f("ix_privacy_archive_person_id_ready_at"), table_name="privacy_archive", schema="identity")
    op.drop_index(op.f("ix_privacy_archive_expires_at"), table_name="privacy_archive", schema="identity")
    op.drop_table("privacy_archive", schema="identity")
    op.drop_index(op.f("ix_pii_grant_officer_id_granted_at"), table_name="pii_grant", schema="identity")
    op.drop_table("pii_grant", schema="identity")
    op.drop_index(op.f("ix_moderation_step_case_id_at_id"), table_name="moderation_step", schema="identity")
    op.drop_table("moderation_step", schema="identity")
    op.drop_table("moderation_bulk_item", schema="identity")
    op.drop_table("moderation_automatic_match", schema="identity")
    op.drop_index(
        "ix_moderation_authority_request_open",
        table_name="moderation_authority_request",
        schema="identity",
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.drop_table("moderation_authority_request", schema="identity")
    op.drop_index(op.f("ix_privacy_request_state_due_at_id"), table_name="privacy_request", schema="identity")
    op.drop_index(op.f("ix_privacy_request_person_id_received_at_id"), table_name="privacy_request", schema="identity")
    op.drop_index(
        op.f("ix_privacy_request_client_id"),
        table_name="privacy_request",
        schema="identity",
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )
    op.drop_table("privacy_request", schema="identity")
    op.drop_table("moderation_reporter", schema="identity")
    op.drop_table("moderation_queue_route", schema="identity")
    op.drop_index(op.f("ix_moderation_muting_person_id_at"), table_name="moderation_muting", schema="identity")
    op.drop_table("moderation_muting", schema="identity")
    op.drop_index(op.f("ix_investigation_order_proposed_at_id"), table_name="investigation_order", schema="identity")
    op.drop_table("investigation_order", schema="identity")
    op.drop_index(op.f("ix_fraud_signal_person_id_at"), table_name="fraud_signal", schema="identity")
    op.drop_table("fraud_signal", schema="identity")
    op.drop_index("uq_flagged_record_current", table_name="flagged_record", schema="identity", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_table("flagged_record", schema="identity")
    op.drop_index(op.f("ix_breach_step_breach_id_at_id"), table_name="breach_step", schema="identity")
    op.drop_table("breach_step", schema="identity")
    op.drop_table("retention_rule", schema="identity")
    op.drop_table("privacy_clock", schema="identity")
    op.drop_table("moderation_template", schema="identity")
    op.drop_table("moderation_reason", schema="identity")
    op.drop_table("moderation_bulk", schema="identity")
    op.drop_index(
        "uq_moderation_automatic_rule_current",
        table_name="moderation_automatic_rule",
        schema="identity",
        postgresql_where=sa.text("current"),
    )
    op.drop_table("moderation_automatic_rule", schema="identity")
    op.drop_table("moderation_authority", schema="identity")
    op.drop_index(
        "ix_four_eyes_action_waiting",
        table_name="four_eyes_action",
        schema="identity",
        postgresql_where=sa.text("executed_at IS NULL AND refused_at IS NULL"),
    )
    op.drop_table("four_eyes_action", schema="identity")
    op.drop_table("disclosure_delay", schema="identity")
    op.drop_index(
        "ix_breach_due_at_open", table_name="breach", schema="identity", postgresql_where=sa.text("state IN ('open', 'assessed')")
    )
    op.drop_table("breach", schema="identity")
    op.execute("DROP FUNCTION identity.four_eyes_proposal_stands()")
