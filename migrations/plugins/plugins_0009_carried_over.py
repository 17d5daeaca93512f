"""What a merge of two accounts moves among the apps, so that undoing it returns exactly that."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "plugins_0009"
down_revision = "plugins_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carried_over",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("aside", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_over")),
        schema="plugins",
    )
    op.create_index(op.f("ix_carried_over_kept_id"), "carried_over", ["kept_id"], unique=False, schema="plugins")
    op.create_index(
        "uq_carried_over_standing",
        "carried_over",
        ["gone_id"],
        unique=True,
        schema="plugins",
        postgresql_where=sa.text("undone_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("carried_over", schema="plugins")
