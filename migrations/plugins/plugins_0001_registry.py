"""registry, launches, passages, webhooks, payments of apps"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import create_schema, drop_schema

revision = "plugins_0001"
down_revision = None
branch_labels = ("plugins",)
depends_on = None


def upgrade() -> None:
    create_schema("plugins")
    op.create_table(
        "mini_app",
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sector", sa.String(length=200), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "published",
                "unpublished",
                "suspended",
                "terminated",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="plugins",
            ),
            nullable=False,
        ),
        sa.Column("status_reason_vi", sa.Text(), nullable=True),
        sa.Column("status_reason_en", sa.Text(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("payee", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_mini_app")),
        schema="plugins",
    )
    op.create_index(
        op.f("ix_mini_app_status_category_app_id"), "mini_app", ["status", "category", "app_id"], unique=False, schema="plugins"
    )
    op.create_table(
        "passage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("version_code", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
        schema="plugins",
    )
    op.create_index(op.f("ix_passage_app_id_at"), "passage", ["app_id", "at"], unique=False, schema="plugins")
    op.create_table(
        "app_payment",
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_app_payment_app_id_mini_app")),
        sa.PrimaryKeyConstraint("intent_id", name=op.f("pk_app_payment")),
        sa.UniqueConstraint("app_id", "reference", name=op.f("uq_app_payment_app_id_reference")),
        schema="plugins",
    )
    op.create_table(
        "launch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("version_code", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_launch_app_id_mini_app")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch")),
        schema="plugins",
    )
    op.create_index(op.f("ix_launch_expires_at"), "launch", ["expires_at"], unique=False, schema="plugins")
    op.create_index(op.f("ix_launch_person_id_launched_at"), "launch", ["person_id", "launched_at"], unique=False, schema="plugins")
    op.create_table(
        "opened_app",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("declined", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_opened_app_app_id_mini_app")),
        sa.PrimaryKeyConstraint("person_id", "app_id", name=op.f("pk_opened_app")),
        schema="plugins",
    )
    op.create_index(
        op.f("ix_opened_app_person_id_last_opened_at"), "opened_app", ["person_id", "last_opened_at"], unique=False, schema="plugins"
    )
    op.create_table(
        "version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("manifest", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum("live", "previous", "revoked", name="state", native_enum=False, create_constraint=True, length=64, schema="plugins"),
            nullable=False,
        ),
        sa.Column(
            "placement",
            sa.Enum("http", "in_process", name="placement", native_enum=False, create_constraint=True, length=64, schema="plugins"),
            nullable=False,
        ),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("openapi", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_version_app_id_mini_app")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint("app_id", "code", name=op.f("uq_version_app_id_code")),
        schema="plugins",
    )
    op.create_index("uq_version_live", "version", ["app_id"], unique=True, schema="plugins", postgresql_where=sa.text("state = 'live'"))
    op.create_table(
        "webhook_endpoint",
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("events", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_webhook_endpoint_app_id_mini_app")),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_webhook_endpoint")),
        schema="plugins",
    )
    op.create_table(
        "webhook_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("dedupe", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "delivered",
                "failed",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="plugins",
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_webhook_message_app_id_mini_app")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_message")),
        sa.UniqueConstraint("app_id", "dedupe", name=op.f("uq_webhook_message_app_id_dedupe")),
        schema="plugins",
    )
    op.create_index(op.f("ix_webhook_message_state_created_at"), "webhook_message", ["state", "created_at"], unique=False, schema="plugins")
    op.create_table(
        "webhook_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("failure", sa.String(length=40), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["plugins.webhook_message.id"], name=op.f("fk_webhook_attempt_message_id_webhook_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempt")),
        schema="plugins",
    )
    op.create_index(
        op.f("ix_webhook_attempt_message_id_number"), "webhook_attempt", ["message_id", "number"], unique=False, schema="plugins"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_webhook_attempt_message_id_number"), table_name="webhook_attempt", schema="plugins")
    op.drop_table("webhook_attempt", schema="plugins")
    op.drop_index(op.f("ix_webhook_message_state_created_at"), table_name="webhook_message", schema="plugins")
    op.drop_table("webhook_message", schema="plugins")
    op.drop_table("webhook_endpoint", schema="plugins")
    op.drop_index("uq_version_live", table_name="version", schema="plugins", postgresql_where=sa.text("state = 'live'"))
    op.drop_table("version", schema="plugins")
    op.drop_index(op.f("ix_opened_app_person_id_last_opened_at"), table_name="opened_app", schema="plugins")
    op.drop_table("opened_app", schema="plugins")
    op.drop_index(op.f("ix_launch_person_id_launched_at"), table_name="launch", schema="plugins")
    op.drop_index(op.f("ix_launch_expires_at"), table_name="launch", schema="plugins")
    op.drop_table("launch", schema="plugins")
    op.drop_table("app_payment", schema="plugins")
    op.drop_index(op.f("ix_passage_app_id_at"), table_name="passage", schema="plugins")
    op.drop_table("passage", schema="plugins")
    op.drop_index(op.f("ix_mini_app_status_category_app_id"), table_name="mini_app", schema="plugins")
    op.drop_table("mini_app", schema="plugins")
    drop_schema("plugins")
