"""Sign-in made whole: devices, step-up, factors beside the passkey, requests of other devices, recovery, locks, notices, e-mail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "identity_0006"
down_revision = "identity_0005"
branch_labels = None
depends_on = None


# Operation, least level, greatest age of the sign-in in seconds, methods (RFC 8176; none: any), closed while frozen or locked.
PRESENT = ["hwk", "swk"]
STRONG = ["hwk", "swk", "otp"]
RULES: tuple[tuple[str, int, int, list[str], bool], ...] = (
    ("sign", 2, 300, PRESENT, True),
    ("share", 1, 900, [], True),
    ("pay", 1, 900, [], True),
    ("factor.change", 0, 300, STRONG, True),
    ("contact.change", 0, 300, STRONG, True),
    ("guardian.change", 2, 300, STRONG, True),
    ("delegation.grant", 2, 300, STRONG, True),
    ("organisation.administer", 2, 900, [], True),
    ("recovery.start", 0, 300, [], False),
    ("privacy.export", 1, 300, STRONG, True),
    ("privacy.erase", 1, 300, STRONG, True),
    ("sessions.end", 0, 3600, [], False),
    ("device.approve", 0, 300, PRESENT, True),
    ("identity.unlock", 0, 300, STRONG, False),
    ("person.merge", 2, 300, PRESENT, False),
    ("client.register", 2, 900, [], False),
)


def upgrade() -> None:
    op.create_table(
        "code_flow",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "phone",
                "email",
                "recovery_phone",
                "recovery_email",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("destination", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("wrong", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("wrong BETWEEN 0 AND 5", name=op.f("ck_code_flow_wrong")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_flow")),
        schema="identity",
    )
    op.create_index(op.f("ix_code_flow_expires_at"), "code_flow", ["expires_at"], unique=False, schema="identity")
    op.create_index(op.f("ix_code_flow_subject_created_at"), "code_flow", ["subject", "created_at"], unique=False, schema="identity")
    op.create_table(
        "step_up_rule",
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("min_acr", sa.SmallInteger(), nullable=False),
        sa.Column("max_age_seconds", sa.Integer(), nullable=False),
        sa.Column("methods", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.CheckConstraint("max_age_seconds > 0", name=op.f("ck_step_up_rule_max_age_seconds")),
        sa.CheckConstraint("min_acr BETWEEN 0 AND 3", name=op.f("ck_step_up_rule_min_acr")),
        sa.PrimaryKeyConstraint("operation", name=op.f("pk_step_up_rule")),
        schema="identity",
    )
    op.create_table(
        "action_freeze",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("because", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_action_freeze_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_action_freeze")),
        schema="identity",
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("jkt", sa.String(length=64), nullable=False),
        sa.Column("public_jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column(
            "integrity",
            sa.Enum(
                "unknown", "genuine", "altered", name="integrity", native_enum=False, create_constraint=True, length=64, schema="identity"
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_device_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        schema="identity",
    )
    op.create_index(
        "uq_device_person_id_jkt_current",
        "device",
        ["person_id", "jkt"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "email",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hint", sa.String(length=60), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_email_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email")),
        schema="identity",
    )
    op.create_index(
        "uq_email_key_id_digest_current",
        "email",
        ["key_id", "digest"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_email_person_id_current", "email", ["person_id"], unique=True, schema="identity", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "identity_lock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unlocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_identity_lock_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_lock")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_identity_lock_person_id_locked_at"), "identity_lock", ["person_id", "locked_at"], unique=False, schema="identity"
    )
    op.create_index(
        "uq_identity_lock_person_id_current",
        "identity_lock",
        ["person_id"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("unlocked_at IS NULL"),
    )
    op.create_table(
        "outgoing_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "factor_added",
                "factor_removed",
                "password_changed",
                "contact_changed",
                "contact_lost",
                "guardian_changed",
                "delegation_changed",
                "device_added",
                "sessions_ended",
                "token_reused",
                "recovery_waiting",
                "recovery_cancelled",
                "recovery_done",
                "identity_locked",
                "identity_unlocked",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum("sms", "email", name="channel", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("destination", sa.LargeBinary(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.person.id"], name=op.f("fk_outgoing_notice_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_notice")),
        schema="identity",
    )
    op.create_table(
        "password",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_password_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_password")),
        schema="identity",
    )
    op.create_table(
        "recovery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "waiting",
                "done",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("proofs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("network", sa.String(length=50), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_because", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_recovery_done")),
        sa.CheckConstraint(
            "state IN ('requested', 'cancelled') OR (person_id IS NOT NULL AND ready_at IS NOT NULL)", name=op.f("ck_recovery_proved")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_recovery_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_recovery_secret_hash")),
        schema="identity",
    )
    op.create_index(op.f("ix_recovery_expires_at"), "recovery", ["expires_at"], unique=False, schema="identity")
    op.create_index(op.f("ix_recovery_person_id_created_at"), "recovery", ["person_id", "created_at"], unique=False, schema="identity")
    op.create_index(
        "uq_recovery_person_id_waiting",
        "recovery",
        ["person_id"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "sign_in_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("qr", "push", name="kind", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "claimed",
                "approved",
                "refused",
                "used",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("reference_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("wrong", sa.SmallInteger(), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("network", sa.String(length=50), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("approved_acr", sa.SmallInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'refused') OR person_id IS NOT NULL", name=op.f("ck_sign_in_request_person")),
        sa.CheckConstraint("number BETWEEN 10 AND 99", name=op.f("ck_sign_in_request_number")),
        sa.CheckConstraint("wrong BETWEEN 0 AND 3", name=op.f("ck_sign_in_request_wrong")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.person.id"], name=op.f("fk_sign_in_request_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_request")),
        sa.UniqueConstraint("reference_hash", name=op.f("uq_sign_in_request_reference_hash")),
        schema="identity",
    )
    op.create_index(op.f("ix_sign_in_request_expires_at"), "sign_in_request", ["expires_at"], unique=False, schema="identity")
    op.create_index(
        op.f("ix_sign_in_request_person_id_created_at"), "sign_in_request", ["person_id", "created_at"], unique=False, schema="identity"
    )
    op.create_table(
        "totp",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_totp_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totp")),
        schema="identity",
    )
    op.create_index(op.f("ix_totp_expires_at"), "totp", ["expires_at"], unique=False, schema="identity")
    op.create_index(op.f("ix_totp_person_id"), "totp", ["person_id"], unique=False, schema="identity")
    op.create_index(
        "uq_totp_person_id_confirmed",
        "totp",
        ["person_id"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
    )
    op.create_table(
        "recovery_cancel_link",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["identity.recovery.id"], name=op.f("fk_recovery_cancel_link_recovery_id_recovery"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_recovery_cancel_link")),
        schema="identity",
    )
    op.create_index(op.f("ix_recovery_cancel_link_expires_at"), "recovery_cancel_link", ["expires_at"], unique=False, schema="identity")
    op.create_index(op.f("ix_recovery_cancel_link_recovery_id"), "recovery_cancel_link", ["recovery_id"], unique=False, schema="identity")
    op.drop_index(op.f("ix_phone_flow_expires_at"), table_name="phone_flow", schema="identity")
    op.drop_index(op.f("ix_phone_flow_person_id_created_at"), table_name="phone_flow", schema="identity")
    op.drop_table("phone_flow", schema="identity")
    op.add_column("passkey", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True), schema="identity")
    op.add_column("sign_in_session", sa.Column("device_id", sa.Uuid(), nullable=True), schema="identity")
    op.add_column("sign_in_session", sa.Column("network", sa.String(length=50), nullable=True), schema="identity")
    op.add_column("sign_in_session", sa.Column("place", sa.String(length=120), nullable=True), schema="identity")
    op.add_column("sign_in_session", sa.Column("ended_because", sa.String(length=40), nullable=True), schema="identity")
    op.create_index(
        op.f("ix_sign_in_session_device_id"),
        "sign_in_session",
        ["device_id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("device_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_sign_in_session_device_id_device"),
        "sign_in_session",
        "device",
        ["device_id"],
        ["id"],
        source_schema="identity",
        referent_schema="identity",
    )
    rules = sa.table(
        "step_up_rule",
        sa.column("operation"),
        sa.column("min_acr"),
        sa.column("max_age_seconds"),
        sa.column("methods", postgresql.JSONB()),
        sa.column("frozen"),
        schema="identity",
    )
    op.bulk_insert(rules, [dict(zip(rules.columns.keys(), rule, strict=True)) for rule in RULES])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_sign_in_session_device_id_device"), "sign_in_session", schema="identity", type_="foreignkey")
    op.drop_index(
        op.f("ix_sign_in_session_device_id"),
        table_name="sign_in_session",
        schema="identity",
        postgresql_where=sa.text("device_id IS NOT NULL"),
    )
    op.drop_column("sign_in_session", "ended_because", schema="identity")
    op.drop_column("sign_in_session", "place", schema="identity")
    op.drop_column("sign_in_session", "network", schema="identity")
    op.drop_column("sign_in_session", "device_id", schema="identity")
    op.drop_column("passkey", "ended_at", schema="identity")
    op.create_table(
        "phone_flow",
        sa.Column("id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.VARCHAR(length=64), autoincrement=False, nullable=False),
        sa.Column("number", postgresql.BYTEA(), autoincrement=False, nullable=False),
        sa.Column("code", postgresql.BYTEA(), autoincrement=False, nullable=True),
        sa.Column("code_hash", postgresql.BYTEA(), autoincrement=False, nullable=False),
        sa.Column("locale", sa.VARCHAR(length=2), autoincrement=False, nullable=False),
        sa.Column("wrong", sa.SMALLINT(), autoincrement=False, nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), autoincrement=False, nullable=True),
        sa.CheckConstraint("purpose::text = 'phone'::text", name=op.f("purpose")),
        sa.CheckConstraint("wrong >= 0 AND wrong <= 5", name=op.f("ck_phone_flow_wrong")),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_phone_flow_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_flow")),
        schema="identity",
    )
    op.create_index(op.f("ix_phone_flow_person_id_created_at"), "phone_flow", ["person_id", "created_at"], unique=False, schema="identity")
    op.create_index(op.f("ix_phone_flow_expires_at"), "phone_flow", ["expires_at"], unique=False, schema="identity")
    op.drop_index(op.f("ix_recovery_cancel_link_recovery_id"), table_name="recovery_cancel_link", schema="identity")
    op.drop_index(op.f("ix_recovery_cancel_link_expires_at"), table_name="recovery_cancel_link", schema="identity")
    op.drop_table("recovery_cancel_link", schema="identity")
    op.drop_index("uq_totp_person_id_confirmed", table_name="totp", schema="identity", postgresql_where=sa.text("confirmed_at IS NOT NULL"))
    op.drop_index(op.f("ix_totp_person_id"), table_name="totp", schema="identity")
    op.drop_index(op.f("ix_totp_expires_at"), table_name="totp", schema="identity")
    op.drop_table("totp", schema="identity")
    op.drop_index(op.f("ix_sign_in_request_person_id_created_at"), table_name="sign_in_request", schema="identity")
    op.drop_index(op.f("ix_sign_in_request_expires_at"), table_name="sign_in_request", schema="identity")
    op.drop_table("sign_in_request", schema="identity")
    op.drop_index("uq_recovery_person_id_waiting", table_name="recovery", schema="identity", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index(op.f("ix_recovery_person_id_created_at"), table_name="recovery", schema="identity")
    op.drop_index(op.f("ix_recovery_expires_at"), table_name="recovery", schema="identity")
    op.drop_table("recovery", schema="identity")
    op.drop_table("password", schema="identity")
    op.drop_table("outgoing_notice", schema="identity")
    op.drop_index(
        "uq_identity_lock_person_id_current", table_name="identity_lock", schema="identity", postgresql_where=sa.text("unlocked_at IS NULL")
    )
    op.drop_index(op.f("ix_identity_lock_person_id_locked_at"), table_name="identity_lock", schema="identity")
    op.drop_table("identity_lock", schema="identity")
    op.drop_index("uq_email_person_id_current", table_name="email", schema="identity", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index("uq_email_key_id_digest_current", table_name="email", schema="identity", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_table("email", schema="identity")
    op.drop_index("uq_device_person_id_jkt_current", table_name="device", schema="identity", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_table("device", schema="identity")
    op.drop_table("action_freeze", schema="identity")
    op.drop_table("step_up_rule", schema="identity")
    op.drop_index(op.f("ix_code_flow_subject_created_at"), table_name="code_flow", schema="identity")
    op.drop_index(op.f("ix_code_flow_expires_at"), table_name="code_flow", schema="identity")
    op.drop_table("code_flow", schema="identity")
