"""Accounts that were merged into one are found without reading everybody."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0013"
down_revision = "identity_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_person_merged_into", "person", ["merged_into"], schema="identity", postgresql_where=sa.text("merged_into IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_person_merged_into", table_name="person", schema="identity")
