"""kernel tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.jobs import jobs
from migrations.operations import append_only, create_append_only_function, create_schema, drop_append_only_function, drop_schema

revision = "kernel_0001"
down_revision = None
branch_labels = ("kernel",)
depends_on = None


def upgrade() -> None:
    create_schema("kernel")
    create_append_only_function()
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        schema="kernel",
    )
    op.create_index(op.f("ix_audit_entry_actor_at"), "audit_entry", ["actor", "at"], unique=False, schema="kernel")
    op.create_index(op.f("ix_audit_entry_subject_at"), "audit_entry", ["subject", "at"], unique=False, schema="kernel")
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        schema="kernel",
    )
    op.create_index(op.f("ix_event_occurred_at"), "event", ["occurred_at"], unique=False, schema="kernel")
    op.create_table(
        "event_receipt",
        sa.Column("consumer", sa.String(length=120), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_event_receipt")),
        schema="kernel",
    )
    op.create_table(
        "idempotent_answer",
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_idempotent_answer")),
        schema="kernel",
    )
    op.create_index(op.f("ix_idempotent_answer_expires_at"), "idempotent_answer", ["expires_at"], unique=False, schema="kernel")
    op.create_table(
        "spent_budget",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "window_start", name=op.f("pk_spent_budget")),
        schema="kernel",
    )
    op.create_index(op.f("ix_spent_budget_expires_at"), "spent_budget", ["expires_at"], unique=False, schema="kernel")
    op.create_table(
        "audit_seal",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["kernel.audit_entry.id"], name=op.f("fk_audit_seal_entry_id_audit_entry")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seal_entry_id")),
        schema="kernel",
    )
    for statement in jobs.install_statements():
        op.execute(statement)
    append_only("kernel.audit_entry")
    append_only("kernel.audit_seal")


def downgrade() -> None:
    for statement in jobs.uninstall_statements():
        op.execute(statement)
    op.drop_table("audit_seal", schema="kernel")
    op.drop_index(op.f("ix_spent_budget_expires_at"), table_name="spent_budget", schema="kernel")
    op.drop_table("spent_budget", schema="kernel")
    op.drop_index(op.f("ix_idempotent_answer_expires_at"), table_name="idempotent_answer", schema="kernel")
    op.drop_table("idempotent_answer", schema="kernel")
    op.drop_table("event_receipt", schema="kernel")
    op.drop_index(op.f("ix_event_occurred_at"), table_name="event", schema="kernel")
    op.drop_table("event", schema="kernel")
    op.drop_index(op.f("ix_audit_entry_subject_at"), table_name="audit_entry", schema="kernel")
    op.drop_index(op.f("ix_audit_entry_actor_at"), table_name="audit_entry", schema="kernel")
    op.drop_table("audit_entry", schema="kernel")
    drop_append_only_function()
    drop_schema("kernel")
