"""moderation"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import append_only

revision = "identity_0003"
down_revision = "identity_0002"
branch_labels = None
depends_on = None

# Whoever proposed or approved a decision never judges the appeal against it, whatever the code above allows.
OTHER_REVIEWER = """
CREATE FUNCTION identity.appeal_has_other_reviewer() RETURNS trigger LANGUAGE plpgsql AS $$
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
ON_APPEALS = """
CREATE TRIGGER moderation_appeal_other_reviewer BEFORE INSERT OR UPDATE ON identity.moderation_appeal
FOR EACH ROW EXECUTE FUNCTION identity.appeal_has_other_reviewer()
"""


def upgrade() -> None:
    op.create_table(
        "moderation_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_set", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text_vi", sa.String(length=1000), nullable=False),
        sa.Column("text_en", sa.String(length=1000), nullable=False),
        sa.Column("legal_ref", sa.String(length=300), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_moderation_rule_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_rule")),
        sa.UniqueConstraint("rule_set", "key", "version", name=op.f("uq_moderation_rule_rule_set_key_version")),
        schema="identity",
    )
    op.create_table(
        "moderation_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "assigned",
                "proposed",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("lease_owner", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sla_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_moderation_case_closed")),
        sa.CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name=op.f("ck_moderation_case_lease")),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_moderation_case_severity")),
        sa.ForeignKeyConstraint(["owner_id"], ["identity.person.id"], name=op.f("fk_moderation_case_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_case")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_moderation_case_state_sla_due_at_id"), "moderation_case", ["state", "sla_due_at", "id"], unique=False, schema="identity"
    )
    op.create_index(
        "uq_moderation_case_subject_open",
        "moderation_case",
        ["subject_kind", "subject_id"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "moderation_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("rule_set", sa.String(length=40), nullable=False),
        sa.Column("rule_key", sa.String(length=60), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("rule_vi", sa.String(length=1000), nullable=False),
        sa.Column("rule_en", sa.String(length=1000), nullable=False),
        sa.Column("legal_ref", sa.String(length=300), nullable=False),
        sa.Column(
            "restriction",
            sa.Enum("none", "remove", "lock", name="restriction", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("days", sa.SmallInteger(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("days IS NULL OR (restriction = 'lock' AND days BETWEEN 1 AND 365)", name=op.f("ck_moderation_decision_days")),
        sa.CheckConstraint(
            "restriction <> 'lock' OR days IS NOT NULL OR (approved_by IS NOT NULL AND approved_by <> proposed_by)",
            name=op.f("ck_moderation_decision_four_eyes"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["identity.moderation_case.id"], name=op.f("fk_moderation_decision_case_id_moderation_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_decision")),
        schema="identity",
    )
    op.create_index(op.f("ix_moderation_decision_case_id"), "moderation_decision", ["case_id"], unique=False, schema="identity")
    op.create_table(
        "moderation_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["identity.moderation_case.id"], name=op.f("fk_moderation_proposal_case_id_moderation_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_proposal")),
        schema="identity",
    )
    op.create_index(
        "uq_moderation_proposal_case_id_waiting",
        "moderation_proposal",
        ["case_id"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "moderation_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["identity.moderation_case.id"], name=op.f("fk_moderation_report_case_id_moderation_case")),
        sa.ForeignKeyConstraint(["reporter_id"], ["identity.person.id"], name=op.f("fk_moderation_report_reporter_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_report")),
        sa.UniqueConstraint("case_id", "reporter_id", name=op.f("uq_moderation_report_case_id_reporter_id")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_moderation_report_reporter_id_created_at"),
        "moderation_report",
        ["reporter_id", "created_at"],
        unique=False,
        schema="identity",
    )
    op.create_table(
        "moderation_outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("acted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["identity.moderation_decision.id"], name=op.f("fk_moderation_outcome_decision_id_moderation_decision")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["identity.moderation_report.id"], name=op.f("fk_moderation_outcome_report_id_moderation_report")
        ),
        sa.ForeignKeyConstraint(["reporter_id"], ["identity.person.id"], name=op.f("fk_moderation_outcome_reporter_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_outcome")),
        sa.UniqueConstraint("report_id", name=op.f("uq_moderation_outcome_report_id")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_moderation_outcome_reporter_id_created_at_id"),
        "moderation_outcome",
        ["reporter_id", "created_at", "id"],
        unique=False,
        schema="identity",
    )
    op.create_table(
        "moderation_sanction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_moderation_sanction_duration")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["identity.moderation_decision.id"], name=op.f("fk_moderation_sanction_decision_id_moderation_decision")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_moderation_sanction_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_sanction")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_moderation_sanction_decision_id")),
        schema="identity",
    )
    op.create_index(
        "ix_moderation_sanction_person_id_current",
        "moderation_sanction",
        ["person_id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "moderation_statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("content_kind", sa.String(length=40), nullable=False),
        sa.Column("content_language", sa.String(length=10), nullable=True),
        sa.Column("content_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territorial_scope", sa.String(length=10), nullable=False),
        sa.Column("facts_vi", sa.String(length=2000), nullable=False),
        sa.Column("facts_en", sa.String(length=2000), nullable=False),
        sa.Column("automated_detection", sa.Boolean(), nullable=False),
        sa.Column("automated_decision", sa.Boolean(), nullable=False),
        sa.Column("appeal_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["identity.moderation_decision.id"], name=op.f("fk_moderation_statement_decision_id_moderation_decision")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["identity.person.id"], name=op.f("fk_moderation_statement_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_statement")),
        sa.UniqueConstraint("decision_id", "owner_id", name=op.f("uq_moderation_statement_decision_id_owner_id")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_moderation_statement_owner_id_created_at_id"),
        "moderation_statement",
        ["owner_id", "created_at", "id"],
        unique=False,
        schema="identity",
    )
    op.create_table(
        "moderation_appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "filed",
                "assigned",
                "upheld",
                "changed",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_vi", sa.String(length=2000), nullable=True),
        sa.Column("answer_en", sa.String(length=2000), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('assigned', 'upheld', 'changed') OR reviewer_id IS NOT NULL", name=op.f("ck_moderation_appeal_reviewer")
        ),
        sa.CheckConstraint(
            "state NOT IN ('upheld', 'changed') OR (answer_vi IS NOT NULL AND answer_en IS NOT NULL)",
            name=op.f("ck_moderation_appeal_answer"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_id", "owner_id"],
            ["identity.moderation_statement.decision_id", "identity.moderation_statement.owner_id"],
            name="fk_moderation_appeal_statement",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_appeal")),
        sa.UniqueConstraint("decision_id", "owner_id", name=op.f("uq_moderation_appeal_decision_id_owner_id")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_moderation_appeal_state_filed_at_id"), "moderation_appeal", ["state", "filed_at", "id"], unique=False, schema="identity"
    )
    append_only("identity.moderation_decision")
    append_only("identity.moderation_statement")
    append_only("identity.moderation_outcome")
    op.execute(OTHER_REVIEWER)
    op.execute(ON_APPEALS)


def downgrade() -> None:
    op.drop_table("moderation_appeal", schema="identity")
    op.drop_table("moderation_statement", schema="identity")
    op.drop_table("moderation_sanction", schema="identity")
    op.drop_table("moderation_outcome", schema="identity")
    op.drop_table("moderation_report", schema="identity")
    op.drop_table("moderation_proposal", schema="identity")
    op.drop_table("moderation_decision", schema="identity")
    op.drop_table("moderation_case", schema="identity")
    op.drop_table("moderation_rule", schema="identity")
    op.execute("DROP FUNCTION identity.appeal_has_other_reviewer()")
