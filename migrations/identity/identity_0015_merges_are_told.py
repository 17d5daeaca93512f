"""A merge of two accounts, and its undoing, are told on every channel of the account that was closed."""

from alembic import op

from migrations.operations import narrow, widen

revision = "identity_0015"
down_revision = "identity_0014"
branch_labels = None
depends_on = None
WORDS = ("account_merged", "account_parted")


def upgrade() -> None:
    widen("identity.outgoing_notice", "kind", "kind", *WORDS)


def downgrade() -> None:
    op.execute("DELETE FROM identity.outgoing_notice WHERE kind IN ('account_merged', 'account_parted')")
    narrow("identity.outgoing_notice", "kind", "kind", *WORDS)
