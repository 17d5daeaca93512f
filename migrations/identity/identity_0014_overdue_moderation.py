"""When it was said that a case or an appeal is past its time: once each."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0014"
down_revision = "identity_0013"
branch_labels = None
depends_on = None
TABLES = ("moderation_case", "moderation_appeal")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True), schema="identity")


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "alarmed_at", schema="identity")
