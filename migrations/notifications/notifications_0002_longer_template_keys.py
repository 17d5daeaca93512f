"""Let the keys of mini-apps' templates be as long as an app id, a name and a version code together."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0002"
down_revision = "notifications_0001"
branch_labels = None
depends_on = None
_COLUMNS = (("template", "key"), ("notification", "template_key"))


def upgrade() -> None:
    for table, column in _COLUMNS:
        op.alter_column(table, column, type_=sa.String(length=240), existing_nullable=False, schema="notifications")


def downgrade() -> None:
    for table, column in _COLUMNS:
        op.alter_column(table, column, type_=sa.String(length=160), existing_nullable=False, schema="notifications")
