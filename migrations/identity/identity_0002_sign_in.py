"""sign in"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "identity_0002"
down_revision = "identity_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "oauth_client",
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "public", "confidential", "miniapp", name="kind", native_enum=False, create_constraint=True, length=64, schema="identity"
            ),
            nullable=False,
        ),
        sa.Column("first_party", sa.Boolean(), nullable=False),
        sa.Column("sector", sa.String(length=200), nullable=False),
        sa.Column("jwks", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("redirect_uris", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("post_logout_redirect_uris", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_oauth_client")),
        schema="identity",
    )
    op.create_table(
        "passkey_challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "ceremony",
            sa.Enum("register", "sign_in", name="ceremony", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("challenge", sa.LargeBinary(length=64), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenge")),
        schema="identity",
    )
    op.create_index(op.f("ix_passkey_challenge_expires_at"), "passkey_challenge", ["expires_at"], unique=False, schema="identity")
    op.create_table(
        "pushed_request",
        sa.Column("reference_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dpop_jkt", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("reference_hash", name=op.f("pk_pushed_request")),
        schema="identity",
    )
    op.create_index(op.f("ix_pushed_request_expires_at"), "pushed_request", ["expires_at"], unique=False, schema="identity")
    op.create_table(
        "revocation",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "session", "person", "client", "grant", name="kind", native_enum=False, create_constraint=True, length=64, schema="identity"
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_revocation")),
        schema="identity",
    )
    op.create_index(op.f("ix_revocation_at"), "revocation", ["at"], unique=False, schema="identity")
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("oauth", "miniapp", name="purpose", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("private", sa.LargeBinary(), nullable=False),
        sa.Column("public", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activates_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_signing_key_purpose_activates_at"), "signing_key", ["purpose", "activates_at"], unique=False, schema="identity"
    )
    op.create_table(
        "spent_identifier",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_identifier")),
        schema="identity",
    )
    op.create_index(op.f("ix_spent_identifier_expires_at"), "spent_identifier", ["expires_at"], unique=False, schema="identity")
    op.create_table(
        "consent_receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_consent_receipt_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_receipt")),
        schema="identity",
    )
    op.create_index(op.f("ix_consent_receipt_person_id"), "consent_receipt", ["person_id"], unique=False, schema="identity")
    op.create_table(
        "pairwise_alias",
        sa.Column("sector", sa.String(length=200), nullable=False),
        sa.Column("sub", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_pairwise_alias_person_id_person")),
        sa.PrimaryKeyConstraint("sector", "sub", name=op.f("pk_pairwise_alias")),
        schema="identity",
    )
    op.create_index(op.f("ix_pairwise_alias_person_id_sector"), "pairwise_alias", ["person_id", "sector"], unique=False, schema="identity")
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("aaguid", sa.String(length=36), nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_passkey_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        schema="identity",
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"], unique=False, schema="identity")
    op.create_table(
        "role_holding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "moderator",
                "senior_moderator",
                "appeals",
                "attestation_officer",
                "auditor",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["identity.admin_unit.id"], name=op.f("fk_role_holding_area_id_admin_unit")),
        sa.ForeignKeyConstraint(["granted_by"], ["identity.person.id"], name=op.f("fk_role_holding_granted_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_role_holding_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_holding")),
        schema="identity",
    )
    op.create_index(op.f("ix_role_holding_person_id"), "role_holding", ["person_id"], unique=False, schema="identity")
    op.create_index(
        "uq_role_holding_open",
        "role_holding",
        ["person_id", "role", sa.literal_column("coalesce(area_id, '00000000-0000-0000-0000-000000000000'::uuid)")],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("acr", sa.SmallInteger(), nullable=False),
        sa.Column("amr", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_sign_in_session_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sign_in_session_secret_hash")),
        schema="identity",
    )
    op.create_index(op.f("ix_sign_in_session_expires_at"), "sign_in_session", ["expires_at"], unique=False, schema="identity")
    op.create_index(
        op.f("ix_sign_in_session_person_id_created_at"), "sign_in_session", ["person_id", "created_at"], unique=False, schema="identity"
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("purpose_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purpose_vi", sa.Text(), nullable=False),
        sa.Column("purpose_en", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_consent_person_id_person")),
        sa.ForeignKeyConstraint(["receipt_id"], ["identity.consent_receipt.id"], name=op.f("fk_consent_receipt_id_consent_receipt")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        schema="identity",
    )
    op.create_index(
        "uq_consent_open",
        "consent",
        ["person_id", "client_id", "scope", "purpose_hash"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "oauth_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("dpop_jkt", sa.String(length=64), nullable=True),
        sa.Column("acr", sa.SmallInteger(), nullable=False),
        sa.Column("amr", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_because", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["identity.oauth_client.client_id"], name=op.f("fk_oauth_grant_client_id_oauth_client")),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_oauth_grant_person_id_person")),
        sa.ForeignKeyConstraint(["session_id"], ["identity.sign_in_session.id"], name=op.f("fk_oauth_grant_session_id_sign_in_session")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_grant")),
        schema="identity",
    )
    op.create_index(op.f("ix_oauth_grant_client_id"), "oauth_grant", ["client_id"], unique=False, schema="identity")
    op.create_index(op.f("ix_oauth_grant_expires_at"), "oauth_grant", ["expires_at"], unique=False, schema="identity")
    op.create_index(op.f("ix_oauth_grant_person_id"), "oauth_grant", ["person_id"], unique=False, schema="identity")
    op.create_index(op.f("ix_oauth_grant_session_id"), "oauth_grant", ["session_id"], unique=False, schema="identity")
    op.create_table(
        "authorization_code",
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("challenge", sa.String(length=43), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("dpop_jkt", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["identity.oauth_grant.id"], name=op.f("fk_authorization_code_grant_id_oauth_grant")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_authorization_code")),
        schema="identity",
    )
    op.create_index(op.f("ix_authorization_code_expires_at"), "authorization_code", ["expires_at"], unique=False, schema="identity")
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("predecessor", sa.LargeBinary(length=32), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["identity.oauth_grant.id"], name=op.f("fk_refresh_token_grant_id_oauth_grant")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_refresh_token")),
        schema="identity",
    )
    op.create_index(op.f("ix_refresh_token_expires_at"), "refresh_token", ["expires_at"], unique=False, schema="identity")
    op.create_index(op.f("ix_refresh_token_grant_id"), "refresh_token", ["grant_id"], unique=False, schema="identity")


def downgrade() -> None:
    op.drop_index(op.f("ix_refresh_token_grant_id"), table_name="refresh_token", schema="identity")
    op.drop_index(op.f("ix_refresh_token_expires_at"), table_name="refresh_token", schema="identity")
    op.drop_table("refresh_token", schema="identity")
    op.drop_index(op.f("ix_authorization_code_expires_at"), table_name="authorization_code", schema="identity")
    op.drop_table("authorization_code", schema="identity")
    op.drop_index(op.f("ix_oauth_grant_session_id"), table_name="oauth_grant", schema="identity")
    op.drop_index(op.f("ix_oauth_grant_person_id"), table_name="oauth_grant", schema="identity")
    op.drop_index(op.f("ix_oauth_grant_expires_at"), table_name="oauth_grant", schema="identity")
    op.drop_index(op.f("ix_oauth_grant_client_id"), table_name="oauth_grant", schema="identity")
    op.drop_table("oauth_grant", schema="identity")
    op.drop_index("uq_consent_open", table_name="consent", schema="identity", postgresql_where=sa.text("withdrawn_at IS NULL"))
    op.drop_table("consent", schema="identity")
    op.drop_index(op.f("ix_sign_in_session_person_id_created_at"), table_name="sign_in_session", schema="identity")
    op.drop_index(op.f("ix_sign_in_session_expires_at"), table_name="sign_in_session", schema="identity")
    op.drop_table("sign_in_session", schema="identity")
    op.drop_index("uq_role_holding_open", table_name="role_holding", schema="identity", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index(op.f("ix_role_holding_person_id"), table_name="role_holding", schema="identity")
    op.drop_table("role_holding", schema="identity")
    op.drop_index(op.f("ix_passkey_person_id"), table_name="passkey", schema="identity")
    op.drop_table("passkey", schema="identity")
    op.drop_index(op.f("ix_pairwise_alias_person_id_sector"), table_name="pairwise_alias", schema="identity")
    op.drop_table("pairwise_alias", schema="identity")
    op.drop_index(op.f("ix_consent_receipt_person_id"), table_name="consent_receipt", schema="identity")
    op.drop_table("consent_receipt", schema="identity")
    op.drop_index(op.f("ix_spent_identifier_expires_at"), table_name="spent_identifier", schema="identity")
    op.drop_table("spent_identifier", schema="identity")
    op.drop_index(op.f("ix_signing_key_purpose_activates_at"), table_name="signing_key", schema="identity")
    op.drop_table("signing_key", schema="identity")
    op.drop_index(op.f("ix_revocation_at"), table_name="revocation", schema="identity")
    op.drop_table("revocation", schema="identity")
    op.drop_index(op.f("ix_pushed_request_expires_at"), table_name="pushed_request", schema="identity")
    op.drop_table("pushed_request", schema="identity")
    op.drop_index(op.f("ix_passkey_challenge_expires_at"), table_name="passkey_challenge", schema="identity")
    op.drop_table("passkey_challenge", schema="identity")
    op.drop_table("oauth_client", schema="identity")
