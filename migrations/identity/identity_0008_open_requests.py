"""Requests stay open for the browser that opened them, and clients remember how their documents were found."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0008"
down_revision = "identity_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("oauth_client", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True), schema="identity")
    op.add_column("oauth_client", sa.Column("check_problem", sa.String(length=80), nullable=True), schema="identity")
    op.add_column("pushed_request", sa.Column("interaction_hash", sa.LargeBinary(length=32), nullable=True), schema="identity")
    op.add_column("pushed_request", sa.Column("open_until", sa.DateTime(timezone=True), nullable=True), schema="identity")


def downgrade() -> None:
    op.drop_column("pushed_request", "open_until", schema="identity")
    op.drop_column("pushed_request", "interaction_hash", schema="identity")
    op.drop_column("oauth_client", "check_problem", schema="identity")
    op.drop_column("oauth_client", "checked_at", schema="identity")
