"""The whole OAuth profile: resources, releases, device grant, back-channel logout, claims and details of a grant."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "identity_0004"
down_revision = "identity_0003"
branch_labels = None
depends_on = None


KINDS = ("session", "person", "client", "grant")
MORE_KINDS = (*KINDS, "consent", "token", "key")


def revocation_kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint("kind", "revocation", schema="identity", type_="check")
    op.create_check_constraint("kind", "revocation", sa.column("kind").in_(kinds), schema="identity")


def upgrade() -> None:
    revocation_kinds(MORE_KINDS)
    op.create_table(
        "app_release",
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("minimum", sa.String(length=40), nullable=False),
        sa.Column("latest", sa.String(length=40), nullable=False),
        sa.Column("store_url", sa.String(length=500), nullable=False),
        sa.Column("message_vi", sa.String(length=500), nullable=False),
        sa.Column("message_en", sa.String(length=500), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["identity.oauth_client.client_id"], name=op.f("fk_app_release_client_id_oauth_client"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "platform", name=op.f("pk_app_release")),
        schema="identity",
    )
    op.create_table(
        "logout_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["identity.oauth_client.client_id"], name=op.f("fk_logout_delivery_client_id_oauth_client")),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_logout_delivery_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["identity.sign_in_session.id"], name=op.f("fk_logout_delivery_session_id_sign_in_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logout_delivery")),
        sa.UniqueConstraint("client_id", "session_id", name=op.f("uq_logout_delivery_client_id_session_id")),
        schema="identity",
    )
    op.create_index(op.f("ix_logout_delivery_created_at"), "logout_delivery", ["created_at"], unique=False, schema="identity")
    op.create_index(op.f("ix_logout_delivery_session_id"), "logout_delivery", ["session_id"], unique=False, schema="identity")
    op.create_table(
        "protected_resource",
        sa.Column("resource", sa.String(length=300), nullable=False),
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["identity.oauth_client.client_id"], name=op.f("fk_protected_resource_client_id_oauth_client")
        ),
        sa.PrimaryKeyConstraint("resource", name=op.f("pk_protected_resource")),
        schema="identity",
    )
    op.create_index(op.f("ix_protected_resource_client_id"), "protected_resource", ["client_id"], unique=False, schema="identity")
    op.create_table(
        "device_authorization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("device_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_half", sa.String(length=4), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dpop_jkt", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "approved",
                "denied",
                "redeemed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("wrong", sa.SmallInteger(), nullable=False),
        sa.Column("interval", sa.SmallInteger(), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("wrong BETWEEN 0 AND 10", name=op.f("ck_device_authorization_wrong")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["identity.oauth_client.client_id"], name=op.f("fk_device_authorization_client_id_oauth_client")
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["identity.oauth_grant.id"], name=op.f("fk_device_authorization_grant_id_oauth_grant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_authorization")),
        sa.UniqueConstraint("device_hash", name=op.f("uq_device_authorization_device_hash")),
        sa.UniqueConstraint("user_half", name=op.f("uq_device_authorization_user_half")),
        schema="identity",
    )
    op.create_index(op.f("ix_device_authorization_expires_at"), "device_authorization", ["expires_at"], unique=False, schema="identity")
    op.add_column(
        "oauth_client",
        sa.Column(
            "state",
            sa.Enum(
                "pending", "active", "suspended", name="state", native_enum=False, create_constraint=True, length=64, schema="identity"
            ),
            nullable=False,
            server_default=sa.text("'active'"),
        ),
        schema="identity",
    )
    op.alter_column("oauth_client", "state", server_default=None, schema="identity")
    op.add_column("oauth_client", sa.Column("organisation_id", sa.Uuid(), nullable=True), schema="identity")
    op.add_column(
        "oauth_client",
        sa.Column("purposes", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'{}'")),
        schema="identity",
    )
    op.alter_column("oauth_client", "purposes", server_default=None, schema="identity")
    op.add_column(
        "oauth_client",
        sa.Column("details_types", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'[]'")),
        schema="identity",
    )
    op.alter_column("oauth_client", "details_types", server_default=None, schema="identity")
    op.add_column("oauth_client", sa.Column("jwks_uri", sa.Text(), nullable=True), schema="identity")
    op.add_column("oauth_client", sa.Column("sector_identifier_uri", sa.Text(), nullable=True), schema="identity")
    op.add_column("oauth_client", sa.Column("backchannel_logout_uri", sa.Text(), nullable=True), schema="identity")
    op.add_column("oauth_client", sa.Column("logo_uri", sa.Text(), nullable=True), schema="identity")
    op.add_column("oauth_client", sa.Column("policy_uri", sa.Text(), nullable=True), schema="identity")
    op.add_column(
        "oauth_client",
        sa.Column("require_signed_request_object", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        schema="identity",
    )
    op.alter_column("oauth_client", "require_signed_request_object", server_default=None, schema="identity")
    op.add_column(
        "oauth_client", sa.Column("device_grant", sa.Boolean(), nullable=False, server_default=sa.text("false")), schema="identity"
    )
    op.alter_column("oauth_client", "device_grant", server_default=None, schema="identity")
    op.create_index(op.f("ix_oauth_client_organisation_id"), "oauth_client", ["organisation_id"], unique=False, schema="identity")
    op.create_foreign_key(
        op.f("fk_oauth_client_organisation_id_organisation"),
        "oauth_client",
        "organisation",
        ["organisation_id"],
        ["id"],
        source_schema="identity",
        referent_schema="identity",
    )
    op.add_column(
        "oauth_grant",
        sa.Column("claims", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'{}'")),
        schema="identity",
    )
    op.alter_column("oauth_grant", "claims", server_default=None, schema="identity")
    op.add_column(
        "oauth_grant",
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'[]'")),
        schema="identity",
    )
    op.alter_column("oauth_grant", "details", server_default=None, schema="identity")
    op.add_column("pushed_request", sa.Column("device_id", sa.Uuid(), nullable=True), schema="identity")
    op.create_foreign_key(
        op.f("fk_pushed_request_device_id_device_authorization"),
        "pushed_request",
        "device_authorization",
        ["device_id"],
        ["id"],
        source_schema="identity",
        referent_schema="identity",
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.execute("DELETE FROM identity.revocation WHERE kind IN ('consent', 'token', 'key')")
    revocation_kinds(KINDS)
    op.drop_constraint(op.f("fk_pushed_request_device_id_device_authorization"), "pushed_request", schema="identity", type_="foreignkey")
    op.drop_column("pushed_request", "device_id", schema="identity")
    op.drop_column("oauth_grant", "details", schema="identity")
    op.drop_column("oauth_grant", "claims", schema="identity")
    op.drop_constraint(op.f("fk_oauth_client_organisation_id_organisation"), "oauth_client", schema="identity", type_="foreignkey")
    op.drop_index(op.f("ix_oauth_client_organisation_id"), table_name="oauth_client", schema="identity")
    op.drop_column("oauth_client", "device_grant", schema="identity")
    op.drop_column("oauth_client", "require_signed_request_object", schema="identity")
    op.drop_column("oauth_client", "policy_uri", schema="identity")
    op.drop_column("oauth_client", "logo_uri", schema="identity")
    op.drop_column("oauth_client", "backchannel_logout_uri", schema="identity")
    op.drop_column("oauth_client", "sector_identifier_uri", schema="identity")
    op.drop_column("oauth_client", "jwks_uri", schema="identity")
    op.drop_column("oauth_client", "details_types", schema="identity")
    op.drop_column("oauth_client", "purposes", schema="identity")
    op.drop_column("oauth_client", "organisation_id", schema="identity")
    op.drop_column("oauth_client", "state", schema="identity")
    op.drop_index(op.f("ix_device_authorization_expires_at"), table_name="device_authorization", schema="identity")
    op.drop_table("device_authorization", schema="identity")
    op.drop_index(op.f("ix_protected_resource_client_id"), table_name="protected_resource", schema="identity")
    op.drop_table("protected_resource", schema="identity")
    op.drop_index(op.f("ix_logout_delivery_session_id"), table_name="logout_delivery", schema="identity")
    op.drop_index(op.f("ix_logout_delivery_created_at"), table_name="logout_delivery", schema="identity")
    op.drop_table("logout_delivery", schema="identity")
    op.drop_table("app_release", schema="identity")
