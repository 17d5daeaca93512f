"""A request about personal data says when its own job failed for good."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0010"
down_revision = "identity_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("privacy_request", sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True), schema="identity")


def downgrade() -> None:
    op.drop_column("privacy_request", "failed_at", schema="identity")
