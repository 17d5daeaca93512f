"""backends and scans of submitted versions"""

import sqlalchemy as sa
from alembic import op

revision = "plugins_0004"
down_revision = "plugins_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mini_app", sa.Column("backend_url", sa.String(length=300), nullable=True), schema="plugins")
    op.add_column("version", sa.Column("scanned", sa.Boolean(), server_default=sa.text("false"), nullable=False), schema="plugins")


def downgrade() -> None:
    op.drop_column("version", "scanned", schema="plugins")
    op.drop_column("mini_app", "backend_url", schema="plugins")
