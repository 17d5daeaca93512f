"""people places proofing"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import append_only, create_schema, drop_schema

revision = "identity_0001"
down_revision = None
branch_labels = ("identity",)
depends_on = ("kernel_0001",)


def upgrade() -> None:
    create_schema("identity")
    op.create_table(
        "admin_unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gso_code", sa.String(length=5), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "province", "district", "commune", name="level", native_enum=False, create_constraint=True, length=64, schema="identity"
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "tinh",
                "thanh_pho",
                "quan",
                "huyen",
                "thi_xa",
                "phuong",
                "xa",
                "thi_tran",
                "dac_khu",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_search", sa.String(length=120), nullable=False),
        sa.Column("name_folded", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("legal_basis", sa.String(length=200), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int4range(gso_code::int, gso_code::int, '[]')"), "&&"),
            (sa.text("daterange(valid_from, valid_to, '[)')"), "&&"),
            where=sa.text("level = 'commune'"),
            using="gist",
            name="ex_admin_unit_one_commune_per_code_at_a_time",
        ),
        sa.CheckConstraint("gso_code ~ '^[0-9]{2,5}$'", name=op.f("ck_admin_unit_gso_code")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_admin_unit_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_unit")),
        schema="identity",
    )
    op.create_index(op.f("ix_admin_unit_gso_code_valid_from"), "admin_unit", ["gso_code", "valid_from"], unique=False, schema="identity")
    op.create_index(op.f("ix_admin_unit_name_folded"), "admin_unit", ["name_folded"], unique=False, schema="identity")
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=35), nullable=False),
        sa.Column("name_vi", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("agency", "enterprise", "city", name="kind", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9A-Z]+(\\.[0-9A-Z]+)*$'", name=op.f("ck_organisation_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("code", name=op.f("uq_organisation_code")),
        schema="identity",
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "resident", "foreigner", "tourist", name="kind", native_enum=False, create_constraint=True, length=64, schema="identity"
            ),
            nullable=False,
        ),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("display_name_folded", sa.String(length=200), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "pending",
                "locked",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("stay_ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("locale IN ('vi', 'en')", name=op.f("ck_person_locale")),
        sa.CheckConstraint("level BETWEEN 0 AND 3", name=op.f("ck_person_level")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        schema="identity",
    )
    op.create_index(op.f("ix_person_display_name_folded"), "person", ["display_name_folded"], unique=False, schema="identity")
    op.create_table(
        "admin_unit_succession",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "merge_whole",
                "merge_part",
                "rename",
                "split",
                "abolish",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["from_id"], ["identity.admin_unit.id"], name=op.f("fk_admin_unit_succession_from_id_admin_unit")),
        sa.ForeignKeyConstraint(["to_id"], ["identity.admin_unit.id"], name=op.f("fk_admin_unit_succession_to_id_admin_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_unit_succession")),
        schema="identity",
    )
    op.create_index(op.f("ix_admin_unit_succession_from_id"), "admin_unit_succession", ["from_id"], unique=False, schema="identity")
    op.create_index(op.f("ix_admin_unit_succession_to_id"), "admin_unit_succession", ["to_id"], unique=False, schema="identity")
    op.create_table(
        "attestation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "residence",
                "student",
                "elderly",
                "disability",
                "poor_household",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(kind = 'residence') = (unit_id IS NOT NULL)", name=op.f("ck_attestation_unit")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_attestation_validity")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["identity.organisation.id"], name=op.f("fk_attestation_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_attestation_person_id_person"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["unit_id"], ["identity.admin_unit.id"], name=op.f("fk_attestation_unit_id_admin_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestation")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_attestation_person_id_created_at"), "attestation", ["person_id", "created_at"], unique=False, schema="identity"
    )
    op.create_index(
        "uq_attestation_person_id_kind_current",
        "attestation",
        ["person_id", "kind"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visible_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "reader_kind",
            sa.Enum(
                "client", "staff", "agency", name="reader_kind", native_enum=False, create_constraint=True, length=64, schema="identity"
            ),
            nullable=False,
        ),
        sa.Column("reader_id", sa.String(length=200), nullable=False),
        sa.Column("organisation_vi", sa.String(length=200), nullable=False),
        sa.Column("organisation_en", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=120), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("purpose_code", sa.String(length=80), nullable=False),
        sa.Column("purpose_vi", sa.String(length=500), nullable=False),
        sa.Column("purpose_en", sa.String(length=500), nullable=False),
        sa.Column("legal_basis", sa.String(length=300), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("read", "failed", name="outcome", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_disclosure_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
        schema="identity",
    )
    op.create_index(op.f("ix_disclosure_person_id_at_id"), "disclosure", ["person_id", "at", "id"], unique=False, schema="identity")
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_enrolment_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_enrolment_secret_hash")),
        schema="identity",
    )
    op.create_index(op.f("ix_enrolment_expires_at"), "enrolment", ["expires_at"], unique=False, schema="identity")
    op.create_table(
        "person_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("cccd", "passport", name="kind", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("issuer", sa.String(length=3), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("signer_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.person.id"], name=op.f("fk_person_document_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_document")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_person_document_person_id_expires_on"), "person_document", ["person_id", "expires_on"], unique=False, schema="identity"
    )
    op.create_table(
        "person_index",
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_person_index_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("purpose", "key_id", "digest", name=op.f("pk_person_index")),
        schema="identity",
    )
    op.create_index(op.f("ix_person_index_person_id"), "person_index", ["person_id"], unique=False, schema="identity")
    op.create_table(
        "person_key",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_person_key_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_key")),
        schema="identity",
    )
    op.create_table(
        "phone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hint", sa.String(length=20), nullable=False),
        sa.Column("vietnamese_mobile", sa.Boolean(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_phone_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone")),
        schema="identity",
    )
    op.create_index(
        "uq_phone_key_id_digest_current",
        "phone",
        ["key_id", "digest"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_phone_person_id_current", "phone", ["person_id"], unique=True, schema="identity", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "phone_flow",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("phone", name="purpose", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("wrong", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("wrong BETWEEN 0 AND 5", name=op.f("ck_phone_flow_wrong")),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_phone_flow_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_flow")),
        schema="identity",
    )
    op.create_index(op.f("ix_phone_flow_expires_at"), "phone_flow", ["expires_at"], unique=False, schema="identity")
    op.create_index(op.f("ix_phone_flow_person_id_created_at"), "phone_flow", ["person_id", "created_at"], unique=False, schema="identity")
    op.create_table(
        "proofing_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("nonce", sa.LargeBinary(length=32), nullable=False),
        sa.Column("nonce_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "refused",
                "in_review",
                "verified",
                "rejected",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("refusal", sa.String(length=80), nullable=True),
        sa.Column(
            "review_reason",
            sa.Enum(
                "holder",
                "doubt",
                "duplicate",
                name="review_reason",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=True,
        ),
        sa.Column("doubts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'in_review') <= (review_reason IS NOT NULL)", name=op.f("ck_proofing_session_review_reason")),
        sa.CheckConstraint("state <> 'open' OR nonce_used_at IS NULL", name=op.f("ck_proofing_session_nonce_used")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.person.id"], name=op.f("fk_proofing_session_person_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proofing_session")),
        schema="identity",
    )
    op.create_index(op.f("ix_proofing_session_expires_at"), "proofing_session", ["expires_at"], unique=False, schema="identity")
    op.create_index(
        op.f("ix_proofing_session_state_created_at"), "proofing_session", ["state", "created_at"], unique=False, schema="identity"
    )
    op.create_table(
        "sealed_attribute",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "attribute",
            sa.Enum(
                "identity_number",
                "document",
                "birth_date",
                "address",
                "phone",
                "email",
                name="attribute",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.person.id"], name=op.f("fk_sealed_attribute_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "attribute", name=op.f("pk_sealed_attribute")),
        schema="identity",
    )
    append_only("identity.disclosure")


def downgrade() -> None:
    op.drop_table("sealed_attribute", schema="identity")
    op.drop_table("proofing_session", schema="identity")
    op.drop_table("phone_flow", schema="identity")
    op.drop_table("phone", schema="identity")
    op.drop_table("person_key", schema="identity")
    op.drop_table("person_index", schema="identity")
    op.drop_table("person_document", schema="identity")
    op.drop_table("enrolment", schema="identity")
    op.drop_table("disclosure", schema="identity")
    op.drop_table("attestation", schema="identity")
    op.drop_table("admin_unit_succession", schema="identity")
    op.drop_table("person", schema="identity")
    op.drop_table("organisation", schema="identity")
    op.drop_table("admin_unit", schema="identity")
    drop_schema("identity")
