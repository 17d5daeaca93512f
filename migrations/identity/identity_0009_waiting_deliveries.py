"""A relying party can be told of one session more than once: of a withdrawn consent, and later of its end."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0009"
down_revision = "identity_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("uq_logout_delivery_client_id_session_id"), "logout_delivery", schema="identity", type_="unique")
    op.create_index(
        "uq_logout_delivery_waiting",
        "logout_delivery",
        ["client_id", "session_id"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("delivered_at IS NULL AND given_up_at IS NULL"),
    )


def downgrade() -> None:
    op.execute("""
        DELETE FROM identity.logout_delivery AS older USING identity.logout_delivery AS newer
        WHERE older.client_id = newer.client_id AND older.session_id = newer.session_id AND older.id < newer.id
    """)
    op.drop_index(
        "uq_logout_delivery_waiting",
        table_name="logout_delivery",
        schema="identity",
        postgresql_where=sa.text("delivered_at IS NULL AND given_up_at IS NULL"),
    )
    op.create_unique_constraint(
        op.f("uq_logout_delivery_client_id_session_id"), "logout_delivery", ["client_id", "session_id"], schema="identity"
    )
