"""How many times an app may still tell a person something they allowed once."""

import sqlalchemy as sa
from alembic import op

revision = "plugins_0008"
down_revision = "plugins_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notification_grant",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("template", sa.String(length=128), nullable=False),
        sa.Column("open", sa.SmallInteger(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("open BETWEEN 0 AND 20", name=op.f("ck_notification_grant_open")),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_notification_grant_app_id_mini_app")),
        sa.PrimaryKeyConstraint("person_id", "app_id", "template", name=op.f("pk_notification_grant")),
        schema="plugins",
    )
    op.create_index(op.f("ix_notification_grant_app_id"), "notification_grant", ["app_id"], unique=False, schema="plugins")


def downgrade() -> None:
    op.drop_index(op.f("ix_notification_grant_app_id"), table_name="notification_grant", schema="plugins")
    op.drop_table("notification_grant", schema="plugins")
