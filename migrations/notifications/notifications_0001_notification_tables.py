"""notification tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import create_schema, drop_schema

revision = "notifications_0001"
down_revision = None
branch_labels = ("notifications",)
depends_on = None


def upgrade() -> None:
    create_schema("notifications")
    op.create_table(
        "inbox_counter",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_inbox_counter")),
        schema="notifications",
    )
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("template_key", sa.String(length=160), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "emergency",
                "security",
                "official",
                "payments",
                "services",
                "transport",
                "social",
                "promotion",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="notifications",
            ),
            nullable=False,
        ),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=True),
        sa.Column("dedupe", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("person_id", "dedupe", name=op.f("uq_notification_person_id_dedupe")),
        sa.UniqueConstraint("person_id", "seq", name=op.f("uq_notification_person_id_seq")),
        schema="notifications",
    )
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["person_id"],
        unique=False,
        schema="notifications",
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "preference",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "emergency",
                "security",
                "official",
                "payments",
                "services",
                "transport",
                "social",
                "promotion",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="notifications",
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum("app_push", "web_push", name="channel", native_enum=False, create_constraint=True, length=64, schema="notifications"),
            nullable=False,
        ),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("enabled OR category NOT IN ('emergency', 'security', 'official')", name=op.f("ck_preference_mandatory")),
        sa.PrimaryKeyConstraint("person_id", "category", "channel", name=op.f("pk_preference")),
        schema="notifications",
    )
    op.create_table(
        "push_address",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "fcm_fid", "fcm_token", "webpush", name="kind", native_enum=False, create_constraint=True, length=64, schema="notifications"
            ),
            nullable=False,
        ),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("value_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_address")),
        sa.UniqueConstraint("value_hash", name=op.f("uq_push_address_value_hash")),
        schema="notifications",
    )
    op.create_index(op.f("ix_push_address_person_id"), "push_address", ["person_id"], unique=False, schema="notifications")
    op.create_index(op.f("ix_push_address_registered_at"), "push_address", ["registered_at"], unique=False, schema="notifications")
    op.create_table(
        "template",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "emergency",
                "security",
                "official",
                "payments",
                "services",
                "transport",
                "social",
                "promotion",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="notifications",
            ),
            nullable=False,
        ),
        sa.Column("title_vi", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("body_vi", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_template")),
        schema="notifications",
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("app_push", "web_push", name="channel", native_enum=False, create_constraint=True, length=64, schema="notifications"),
            nullable=False,
        ),
        sa.Column("address_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "accepted",
                "failed",
                "suppressed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="notifications",
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["notifications.push_address.id"], name=op.f("fk_delivery_address_id_push_address"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.notification.id"],
            name=op.f("fk_delivery_notification_id_notification"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("notification_id", "channel", "address_id", name=op.f("uq_delivery_notification_id_channel_address_id")),
        schema="notifications",
    )
    op.create_index(op.f("ix_delivery_address_id"), "delivery", ["address_id"], unique=False, schema="notifications")


def downgrade() -> None:
    op.drop_index(op.f("ix_delivery_address_id"), table_name="delivery", schema="notifications")
    op.drop_table("delivery", schema="notifications")
    op.drop_table("template", schema="notifications")
    op.drop_index(op.f("ix_push_address_registered_at"), table_name="push_address", schema="notifications")
    op.drop_index(op.f("ix_push_address_person_id"), table_name="push_address", schema="notifications")
    op.drop_table("push_address", schema="notifications")
    op.drop_table("preference", schema="notifications")
    op.drop_index("ix_notification_unread", table_name="notification", schema="notifications", postgresql_where=sa.text("read_at IS NULL"))
    op.drop_table("notification", schema="notifications")
    op.drop_table("inbox_counter", schema="notifications")
    drop_schema("notifications")
