"""A role for those who review mini-apps."""

from alembic import op

from migrations.operations import narrow, widen

revision = "identity_0012"
down_revision = "identity_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    widen("identity.role_holding", "role", "role", "app_reviewer")


def downgrade() -> None:
    op.execute("DELETE FROM identity.role_holding WHERE role = 'app_reviewer'")
    narrow("identity.role_holding", "role", "role", "app_reviewer")
