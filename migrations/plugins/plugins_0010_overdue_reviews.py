"""Remember which reviews were rung for."""

import sqlalchemy as sa
from alembic import op

revision = "plugins_0010"
down_revision = "plugins_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("review", sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True), schema="plugins")


def downgrade() -> None:
    op.drop_column("review", "alarmed_at", schema="plugins")
