"""packages, reviews, rollout, kill switches, the transparency log, developers' keys and domains"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import append_only, narrow, widen

revision = "plugins_0003"
down_revision = "plugins_0002"
branch_labels = None
depends_on = "kernel_0001"

STATES = ("draft", "submitted", "auto_failed", "in_review", "rejected", "approved", "whitelist", "canary", "ineligible")
COUNTERSIGNED = """
CREATE FUNCTION plugins.version_countersigned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'version % of % is not countersigned', NEW.code, NEW.app_id USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
# Nobody approves what they submitted, and sensitive scopes need two who did not.
FOUR_EYES = """
CREATE FUNCTION plugins.review_four_eyes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE agreeing integer;
BEGIN
  SELECT count(*) INTO agreeing FROM plugins.review_opinion o JOIN plugins.version v ON v.id = NEW.version_id
  WHERE o.review_id = NEW.id AND o.opinion = 'approve' AND o.reviewer_id IS DISTINCT FROM v.submitted_by;
  IF agreeing < NEW.needed THEN
    RAISE EXCEPTION 'review % needs % reviewers who approve, and has %', NEW.id, NEW.needed, agreeing
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    _tables()
    _columns()
    _rules()


def _tables() -> None:
    op.create_table(
        "developer_key",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoke_reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint("not_after > not_before", name=op.f("ck_developer_key_validity")),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_developer_key")),
        schema="plugins",
    )
    op.create_index(
        "ix_developer_key_standing",
        "developer_key",
        ["organisation_id"],
        unique=False,
        schema="plugins",
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "domain_proof",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum("pending", "verified", "lapsed", name="state", native_enum=False, create_constraint=True, length=64, schema="plugins"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'pending') = (verified_at IS NULL)", name=op.f("ck_domain_proof_verified")),
        sa.PrimaryKeyConstraint("organisation_id", "domain", name=op.f("pk_domain_proof")),
        schema="plugins",
    )
    op.create_index(
        "uq_domain_proof_verified",
        "domain_proof",
        ["domain"],
        unique=True,
        schema="plugins",
        postgresql_where=sa.text("state = 'verified'"),
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_log_node")),
        schema="plugins",
    )
    op.create_table(
        "registry_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_change")),
        schema="plugins",
    )
    op.create_table(
        "app_name",
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("skeleton", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_app_name_app_id_mini_app")),
        sa.PrimaryKeyConstraint("app_id", "skeleton", name=op.f("pk_app_name")),
        schema="plugins",
    )
    op.create_index(op.f("ix_app_name_skeleton"), "app_name", ["skeleton"], unique=False, schema="plugins")
    op.create_table(
        "kill",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=True),
        sa.Column("version_code", sa.Integer(), nullable=True),
        sa.Column("method", sa.String(length=80), nullable=True),
        sa.Column("ward_code", sa.String(length=20), nullable=True),
        sa.Column("reason_vi", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=120), nullable=True),
        sa.CheckConstraint("version_code IS NULL OR app_id IS NOT NULL", name=op.f("ck_kill_version_of_an_app")),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_kill_app_id_mini_app")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kill")),
        schema="plugins",
    )
    op.create_index("ix_kill_standing", "kill", ["app_id"], unique=False, schema="plugins", postgresql_where=sa.text("lifted_at IS NULL"))
    op.create_table(
        "rollout_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("version_code", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_rollout_step_app_id_mini_app")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollout_step")),
        schema="plugins",
    )
    op.create_index(op.f("ix_rollout_step_app_id_at"), "rollout_step", ["app_id", "at"], unique=False, schema="plugins")
    op.create_table(
        "suspension_appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("suspended_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_suspension_appeal_app_id_mini_app")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension_appeal")),
        schema="plugins",
    )
    op.create_index(
        "uq_suspension_appeal_open",
        "suspension_appeal",
        ["app_id"],
        unique=True,
        schema="plugins",
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "check_report",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["plugins.version.id"], name=op.f("fk_check_report_version_id_version")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_check_report")),
        schema="plugins",
    )
    op.create_table(
        "log_leaf",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["plugins.version.id"], name=op.f("fk_log_leaf_version_id_version")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint("version_id", name=op.f("uq_log_leaf_version_id")),
        schema="plugins",
    )
    op.create_table(
        "package_file",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["plugins.version.id"], name=op.f("fk_package_file_version_id_version")),
        sa.PrimaryKeyConstraint("version_id", "path", name=op.f("pk_package_file")),
        schema="plugins",
    )
    op.create_index(op.f("ix_package_file_digest"), "package_file", ["digest"], unique=False, schema="plugins")
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("needed", sa.SmallInteger(), nullable=False),
        sa.Column("sensitive", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("appeal", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "approved", "rejected", "withdrawn", name="outcome", native_enum=False, create_constraint=True, length=64, schema="plugins"
            ),
            nullable=True,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_review_decided")),
        sa.CheckConstraint("needed IN (1, 2)", name=op.f("ck_review_needed")),
        sa.ForeignKeyConstraint(["version_id"], ["plugins.version.id"], name=op.f("fk_review_version_id_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("version_id", "round", name=op.f("uq_review_version_id_round")),
        schema="plugins",
    )
    op.create_index("ix_review_open", "review", ["due_at"], unique=False, schema="plugins", postgresql_where=sa.text("outcome IS NULL"))
    op.create_table(
        "whitelisted",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sub", sa.String(length=100), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["plugins.version.id"], name=op.f("fk_whitelisted_version_id_version")),
        sa.PrimaryKeyConstraint("version_id", "person_id", name=op.f("pk_whitelisted")),
        schema="plugins",
    )
    op.create_index(op.f("ix_whitelisted_person_id"), "whitelisted", ["person_id"], unique=False, schema="plugins")
    op.create_table(
        "review_opinion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "opinion",
            sa.Enum("approve", "reject", name="opinion", native_enum=False, create_constraint=True, length=64, schema="plugins"),
            nullable=False,
        ),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note_vi", sa.Text(), nullable=False),
        sa.Column("note_en", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("opinion <> 'reject' OR jsonb_array_length(rules) > 0", name=op.f("ck_review_opinion_rules")),
        sa.ForeignKeyConstraint(["review_id"], ["plugins.review.id"], name=op.f("fk_review_opinion_review_id_review")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_opinion")),
        sa.UniqueConstraint("review_id", "reviewer_id", name=op.f("uq_review_opinion_review_id_reviewer_id")),
        schema="plugins",
    )


def _columns() -> None:
    op.execute("CREATE SEQUENCE plugins.mini_app_num")
    numbered = sa.text("nextval('plugins.mini_app_num'::regclass)")
    op.add_column("mini_app", sa.Column("num", sa.BigInteger(), server_default=numbered, nullable=False), schema="plugins")
    op.add_column("mini_app", sa.Column("suspended_by", sa.String(length=120), nullable=True), schema="plugins")
    op.add_column("mini_app", sa.Column("backend_jwks", postgresql.JSONB(astext_type=sa.Text()), nullable=True), schema="plugins")
    op.add_column("mini_app", sa.Column("appeal_until", sa.DateTime(timezone=True), nullable=True), schema="plugins")
    op.create_index(op.f("ix_mini_app_organisation_id"), "mini_app", ["organisation_id"], unique=False, schema="plugins")
    op.create_unique_constraint(op.f("uq_mini_app_num"), "mini_app", ["num"], schema="plugins")
    op.add_column("opened_app", sa.Column("favourite", sa.Boolean(), server_default=sa.text("false"), nullable=False), schema="plugins")
    op.create_index(op.f("ix_opened_app_app_id"), "opened_app", ["app_id"], unique=False, schema="plugins")
    op.add_column("version", sa.Column("state_since", sa.DateTime(timezone=True), nullable=True), schema="plugins")
    op.execute("UPDATE plugins.version SET state_since = created_at")
    op.alter_column("version", "state_since", nullable=False, schema="plugins")
    op.add_column("version", sa.Column("files_json", sa.LargeBinary(), nullable=True), schema="plugins")
    op.add_column("version", sa.Column("kid", sa.String(length=64), nullable=True), schema="plugins")
    op.add_column("version", sa.Column("developer_jws", sa.Text(), nullable=True), schema="plugins")
    op.add_column("version", sa.Column("registry_jws", sa.Text(), nullable=True), schema="plugins")
    op.add_column("version", sa.Column("package_key", sa.String(length=200), nullable=True), schema="plugins")
    op.add_column("version", sa.Column("package_size", sa.Integer(), nullable=True), schema="plugins")
    op.add_column("version", sa.Column("canary_percent", sa.SmallInteger(), nullable=True), schema="plugins")
    op.add_column("version", sa.Column("notes", sa.Text(), nullable=True), schema="plugins")
    op.add_column("version", sa.Column("submitted_by", sa.Uuid(), nullable=True), schema="plugins")
    op.create_check_constraint(op.f("ck_version_canary"), "version", "(state = 'canary') = (canary_percent IS NOT NULL)", schema="plugins")
    op.create_check_constraint(op.f("ck_version_canary_percent"), "version", "canary_percent IN (1, 5, 25, 50)", schema="plugins")
    op.create_index(op.f("ix_version_kid"), "version", ["kid"], unique=False, schema="plugins")
    op.create_index(
        "ix_version_served",
        "version",
        ["app_id"],
        unique=False,
        schema="plugins",
        postgresql_where=sa.text("state IN ('whitelist', 'canary', 'live')"),
    )
    op.create_index("uq_version_canary", "version", ["app_id"], unique=True, schema="plugins", postgresql_where=sa.text("state = 'canary'"))


def _rules() -> None:
    widen("plugins.version", "state", "state", *STATES)
    # What people are served was countersigned; the versions of before are by the next `migrate`, hence a trigger and no CHECK.
    op.execute(COUNTERSIGNED)
    op.execute(
        "CREATE TRIGGER version_countersigned BEFORE INSERT OR UPDATE OF state ON plugins.version FOR EACH ROW"
        " WHEN (NEW.registry_jws IS NULL AND NEW.state IN ('approved', 'whitelist', 'canary', 'live'))"
        " EXECUTE FUNCTION plugins.version_countersigned()"
    )
    append_only("plugins.log_leaf")
    append_only("plugins.log_node")
    append_only("plugins.rollout_step")
    op.execute(FOUR_EYES)
    op.execute(
        "CREATE TRIGGER review_four_eyes BEFORE INSERT OR UPDATE OF outcome ON plugins.review"
        " FOR EACH ROW WHEN (NEW.outcome = 'approved') EXECUTE FUNCTION plugins.review_four_eyes()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER version_countersigned ON plugins.version")
    op.execute("DROP FUNCTION plugins.version_countersigned()")
    op.drop_constraint(op.f("ck_version_canary_percent"), "version", schema="plugins")
    op.drop_constraint(op.f("ck_version_canary"), "version", schema="plugins")
    op.drop_index("uq_version_canary", table_name="version", schema="plugins", postgresql_where=sa.text("state = 'canary'"))
    op.drop_index(
        "ix_version_served", table_name="version", schema="plugins", postgresql_where=sa.text("state IN ('whitelist', 'canary', 'live')")
    )
    op.drop_index(op.f("ix_version_kid"), table_name="version", schema="plugins")
    op.drop_column("version", "submitted_by", schema="plugins")
    op.drop_column("version", "notes", schema="plugins")
    op.drop_column("version", "canary_percent", schema="plugins")
    op.drop_column("version", "package_size", schema="plugins")
    op.drop_column("version", "package_key", schema="plugins")
    op.drop_column("version", "registry_jws", schema="plugins")
    op.drop_column("version", "developer_jws", schema="plugins")
    op.drop_column("version", "kid", schema="plugins")
    op.drop_column("version", "files_json", schema="plugins")
    op.drop_column("version", "state_since", schema="plugins")
    op.drop_index(op.f("ix_opened_app_app_id"), table_name="opened_app", schema="plugins")
    op.drop_column("opened_app", "favourite", schema="plugins")
    op.drop_constraint(op.f("uq_mini_app_num"), "mini_app", schema="plugins", type_="unique")
    op.drop_index(op.f("ix_mini_app_organisation_id"), table_name="mini_app", schema="plugins")
    op.drop_column("mini_app", "appeal_until", schema="plugins")
    op.drop_column("mini_app", "backend_jwks", schema="plugins")
    op.drop_column("mini_app", "suspended_by", schema="plugins")
    op.drop_column("mini_app", "num", schema="plugins")
    op.execute("DROP SEQUENCE plugins.mini_app_num")
    _drop_tables()
    op.execute("DROP FUNCTION plugins.review_four_eyes()")
    # What the older schema cannot say is gone with it: versions that were never live.
    op.execute("DELETE FROM plugins.version WHERE state NOT IN ('live', 'previous', 'revoked')")
    narrow("plugins.version", "state", "state", *STATES)


def _drop_tables() -> None:
    op.drop_table("review_opinion", schema="plugins")
    op.drop_index(op.f("ix_whitelisted_person_id"), table_name="whitelisted", schema="plugins")
    op.drop_table("whitelisted", schema="plugins")
    op.drop_index("ix_review_open", table_name="review", schema="plugins", postgresql_where=sa.text("outcome IS NULL"))
    op.drop_table("review", schema="plugins")
    op.drop_index(op.f("ix_package_file_digest"), table_name="package_file", schema="plugins")
    op.drop_table("package_file", schema="plugins")
    op.drop_table("log_leaf", schema="plugins")
    op.drop_table("check_report", schema="plugins")
    op.drop_index(
        "uq_suspension_appeal_open", table_name="suspension_appeal", schema="plugins", postgresql_where=sa.text("decided_at IS NULL")
    )
    op.drop_table("suspension_appeal", schema="plugins")
    op.drop_index(op.f("ix_rollout_step_app_id_at"), table_name="rollout_step", schema="plugins")
    op.drop_table("rollout_step", schema="plugins")
    op.drop_index("ix_kill_standing", table_name="kill", schema="plugins", postgresql_where=sa.text("lifted_at IS NULL"))
    op.drop_table("kill", schema="plugins")
    op.drop_index(op.f("ix_app_name_skeleton"), table_name="app_name", schema="plugins")
    op.drop_table("app_name", schema="plugins")
    op.drop_table("registry_change", schema="plugins")
    op.drop_table("log_node", schema="plugins")
    op.drop_index("uq_domain_proof_verified", table_name="domain_proof", schema="plugins", postgresql_where=sa.text("state = 'verified'"))
    op.drop_table("domain_proof", schema="plugins")
    op.drop_index("ix_developer_key_standing", table_name="developer_key", schema="plugins", postgresql_where=sa.text("revoked_at IS NULL"))
    op.drop_table("developer_key", schema="plugins")
