"""The cards of the catalogue, written once; `migrate` writes those of apps that are live already."""

import sqlalchemy as sa
from alembic import op

revision = "plugins_0007"
down_revision = "plugins_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mini_app", sa.Column("card_vi", sa.Text(), nullable=True), schema="plugins")
    op.add_column("mini_app", sa.Column("card_en", sa.Text(), nullable=True), schema="plugins")


def downgrade() -> None:
    op.drop_column("mini_app", "card_en", schema="plugins")
    op.drop_column("mini_app", "card_vi", schema="plugins")
