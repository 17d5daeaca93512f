"""Documents with their evidence, acts of two officers, counters, federated proofing, mandates, and the trust store as rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import narrow, widen

revision = "identity_0005"
down_revision = "identity_0004"
branch_labels = None
depends_on = None

WORDS = (
    ("identity.role_holding", "role", ("counter", "registrar")),
    ("identity.attestation", "kind", ("investor",)),
    ("identity.revocation", "kind", ("mandate",)),
    ("identity.person_document", "kind", ("residence_card", "vneid")),
    ("identity.proofing_session", "review_reason", ("likeness", "other_person")),
)
# Alembic does not see the rules of a table that was there before.
CHECKS = (
    ("organisation", "ck_organisation_tax_code", "tax_code IS NULL OR tax_code ~ '^([0-9]{10}|[0-9]{13})$'"),
    ("organisation", "ck_organisation_four_eyes", "confirmed_by IS NULL OR confirmed_by <> registered_by"),
    ("person", "ck_person_closed_because", "(state = 'closed') >= (closed_because IS NOT NULL)"),
    ("person", "ck_person_merged_into", "(closed_because = 'merged') = (merged_into IS NOT NULL)"),
)
# Whoever opened or proposed something stays the one who did, and nobody decides about their own account, whatever the code above allows.
FOUR_EYES = """
CREATE FUNCTION identity.counter_enrolment_keeps_its_officers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.opened_by <> OLD.opened_by OR (OLD.decided_by IS NOT NULL AND NEW.decided_by IS DISTINCT FROM OLD.decided_by) THEN
    RAISE EXCEPTION 'the officers of an enrolment are never rewritten' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION identity.person_act_keeps_its_officers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.person_id IN (NEW.proposed_by, NEW.decided_by) OR NEW.other_id IN (NEW.proposed_by, NEW.decided_by) THEN
    RAISE EXCEPTION 'nobody acts on their own account' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (
    (OLD.proposed_by IS NOT NULL AND NEW.proposed_by IS DISTINCT FROM OLD.proposed_by)
    OR (OLD.decided_by IS NOT NULL AND NEW.decided_by IS DISTINCT FROM OLD.decided_by)
  ) THEN
    RAISE EXCEPTION 'the officers of an act are never rewritten' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
"""
TRIGGERS = (
    (
        "CREATE TRIGGER counter_enrolment_officers BEFORE UPDATE ON identity.counter_enrolment FOR EACH ROW"
        " EXECUTE FUNCTION identity.counter_enrolment_keeps_its_officers()"
    ),
    (
        "CREATE TRIGGER person_act_officers BEFORE INSERT OR UPDATE ON identity.person_act FOR EACH ROW"
        " EXECUTE FUNCTION identity.person_act_keeps_its_officers()"
    ),
)
# What the older schema has no word for.
TOO_NEW = (
    "DELETE FROM identity.role_holding WHERE role IN ('counter', 'registrar')",
    "DELETE FROM identity.attestation WHERE kind = 'investor'",
    "DELETE FROM identity.revocation WHERE kind = 'mandate'",
    "DELETE FROM identity.person_document WHERE kind IN ('residence_card', 'vneid') OR expires_on IS NULL OR signer_fingerprint IS NULL",
    "DELETE FROM identity.proofing_session WHERE review_reason IN ('likeness', 'other_person') OR road <> 'chip'",
)


def upgrade() -> None:  # noqa: PLR0915 (one migration, in the order in which it runs)
    for table, column, words in WORDS:
        widen(table, column, column, *words)
    op.create_table(
        "trust_certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("country", sa.String(length=3), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("root", "link", name="kind", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("encoded", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("country ~ '^[A-Z]{1,3}$'", name=op.f("ck_trust_certificate_country")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trust_certificate")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_trust_certificate_fingerprint")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_trust_certificate_country_not_after"), "trust_certificate", ["country", "not_after"], unique=False, schema="identity"
    )
    op.create_table(
        "trust_revocation_list",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("country", sa.String(length=3), nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("encoded", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_update", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("country ~ '^[A-Z]{1,3}$'", name=op.f("ck_trust_revocation_list_country")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trust_revocation_list")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_trust_revocation_list_country_authority"),
        "trust_revocation_list",
        ["country", "authority"],
        unique=True,
        schema="identity",
    )
    op.create_table(
        "counter_enrolment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "confirmed",
                "rejected",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("documents", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("applicant", sa.LargeBinary(), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (applicant IS NOT NULL)", name=op.f("ck_counter_enrolment_applicant")),
        sa.CheckConstraint("(state IN ('confirmed', 'rejected')) = (decided_by IS NOT NULL)", name=op.f("ck_counter_enrolment_decided")),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> opened_by", name=op.f("ck_counter_enrolment_four_eyes")),
        sa.ForeignKeyConstraint(["decided_by"], ["identity.person.id"], name=op.f("fk_counter_enrolment_decided_by_person")),
        sa.ForeignKeyConstraint(["opened_by"], ["identity.person.id"], name=op.f("fk_counter_enrolment_opened_by_person")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.person.id"], name=op.f("fk_counter_enrolment_person_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_enrolment")),
        schema="identity",
    )
    op.create_index(op.f("ix_counter_enrolment_expires_at"), "counter_enrolment", ["expires_at"], unique=False, schema="identity")
    op.create_index(
        op.f("ix_counter_enrolment_state_created_at"), "counter_enrolment", ["state", "created_at"], unique=False, schema="identity"
    )
    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_person_id", sa.Uuid(), nullable=False),
        sa.Column("to_person_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum("proposed", "active", "ended", name="state", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_delegation_ended")),
        sa.CheckConstraint("from_person_id <> to_person_id", name=op.f("ck_delegation_two_people")),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_delegation_validity")),
        sa.ForeignKeyConstraint(["from_person_id"], ["identity.person.id"], name=op.f("fk_delegation_from_person_id_person")),
        sa.ForeignKeyConstraint(["to_person_id"], ["identity.person.id"], name=op.f("fk_delegation_to_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_delegation_from_person_id_created_at"), "delegation", ["from_person_id", "created_at"], unique=False, schema="identity"
    )
    op.create_index(
        "ix_delegation_running_out",
        "delegation",
        ["valid_until"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_delegation_to_person_id_created_at"), "delegation", ["to_person_id", "created_at"], unique=False, schema="identity"
    )
    op.create_table(
        "guardianship",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "parent", "guardian", "incapacity", name="ground", native_enum=False, create_constraint=True, length=64, schema="identity"
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("proposed", "active", "ended", name="state", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_guardianship_ended")),
        sa.CheckConstraint(
            "state <> 'active' OR (agreed_by IS NOT NULL AND agreed_by <> guardian_id)", name=op.f("ck_guardianship_both_parties")
        ),
        sa.CheckConstraint("guardian_id <> ward_id", name=op.f("ck_guardianship_two_people")),
        sa.ForeignKeyConstraint(["agreed_by"], ["identity.person.id"], name=op.f("fk_guardianship_agreed_by_person")),
        sa.ForeignKeyConstraint(["guardian_id"], ["identity.person.id"], name=op.f("fk_guardianship_guardian_id_person")),
        sa.ForeignKeyConstraint(["ward_id"], ["identity.person.id"], name=op.f("fk_guardianship_ward_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardianship")),
        schema="identity",
    )
    op.create_index(
        "ix_guardianship_running_out",
        "guardianship",
        ["valid_until"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_guardianship_ward", "guardianship", ["ward_id"], unique=False, schema="identity", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index(
        "uq_guardianship_open",
        "guardianship",
        ["guardian_id", "ward_id"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "person_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("merge", "undo_merge", "death", name="kind", native_enum=False, create_constraint=True, length=64, schema="identity"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "suggested",
                "proposed",
                "done",
                "rejected",
                "undone",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'death') = (other_id IS NULL)", name=op.f("ck_person_act_other")),
        sa.CheckConstraint(
            "state NOT IN ('done', 'undone') OR (proposed_by IS NOT NULL AND decided_by IS NOT NULL)", name=op.f("ck_person_act_decided")
        ),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name=op.f("ck_person_act_four_eyes")),
        sa.CheckConstraint("other_id IS NULL OR other_id <> person_id", name=op.f("ck_person_act_two_people")),
        sa.ForeignKeyConstraint(["decided_by"], ["identity.person.id"], name=op.f("fk_person_act_decided_by_person")),
        sa.ForeignKeyConstraint(["other_id"], ["identity.person.id"], name=op.f("fk_person_act_other_id_person"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_person_act_person_id_person"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["proposed_by"], ["identity.person.id"], name=op.f("fk_person_act_proposed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_act")),
        schema="identity",
    )
    op.create_index(op.f("ix_person_act_other_id"), "person_act", ["other_id"], unique=False, schema="identity")
    op.create_index(op.f("ix_person_act_person_id"), "person_act", ["person_id"], unique=False, schema="identity")
    op.create_index(op.f("ix_person_act_state_created_at"), "person_act", ["state", "created_at"], unique=False, schema="identity")
    op.create_index(
        "uq_person_act_open_death",
        "person_act",
        ["person_id"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("kind = 'death' AND state = 'proposed'"),
    )
    op.create_index(
        "uq_person_act_open_pair",
        "person_act",
        [sa.literal_column("least(person_id, other_id)"), sa.literal_column("greatest(person_id, other_id)")],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("kind <> 'death' AND state IN ('suggested', 'proposed')"),
    )
    op.create_table(
        "person_likeness",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity.person.id"], name=op.f("fk_person_likeness_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "key_id", name=op.f("pk_person_likeness")),
        schema="identity",
    )
    op.create_index(op.f("ix_person_likeness_key_id_digest"), "person_likeness", ["key_id", "digest"], unique=False, schema="identity")
    op.create_table(
        "federated_proofing",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["identity.proofing_session.id"],
            name=op.f("fk_federated_proofing_session_id_proofing_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_federated_proofing")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_federated_proofing_state_hash")),
        schema="identity",
    )
    op.create_table(
        "organisation_delegation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("to_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("NOT (roles ? 'administrator')", name=op.f("ck_organisation_delegation_roles")),
        sa.CheckConstraint("organisation_id <> to_organisation_id", name=op.f("ck_organisation_delegation_two_organisations")),
        sa.CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name=op.f("ck_organisation_delegation_validity")),
        sa.ForeignKeyConstraint(["granted_by"], ["identity.person.id"], name=op.f("fk_organisation_delegation_granted_by_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["identity.organisation.id"], name=op.f("fk_organisation_delegation_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["to_organisation_id"], ["identity.organisation.id"], name=op.f("fk_organisation_delegation_to_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_delegation")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_organisation_delegation_organisation_id"), "organisation_delegation", ["organisation_id"], unique=False, schema="identity"
    )
    op.create_index(
        "ix_organisation_delegation_to",
        "organisation_delegation",
        ["to_organisation_id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "organisation_mandate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "representative",
                "officer",
                "clerk",
                "accountant",
                "developer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=False,
        ),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("delegation_id", sa.Uuid(), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "granted_by IS NULL OR granted_by <> person_id OR role <> 'administrator'",
            name=op.f("ck_organisation_mandate_own_administration"),
        ),
        sa.CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name=op.f("ck_organisation_mandate_validity")),
        sa.ForeignKeyConstraint(["area_id"], ["identity.admin_unit.id"], name=op.f("fk_organisation_mandate_area_id_admin_unit")),
        sa.ForeignKeyConstraint(
            ["delegation_id"],
            ["identity.organisation_delegation.id"],
            name=op.f("fk_organisation_mandate_delegation_id_organisation_delegation"),
        ),
        sa.ForeignKeyConstraint(["granted_by"], ["identity.person.id"], name=op.f("fk_organisation_mandate_granted_by_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["identity.organisation.id"], name=op.f("fk_organisation_mandate_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["identity.person.id"], name=op.f("fk_organisation_mandate_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_mandate")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_organisation_mandate_delegation_id"), "organisation_mandate", ["delegation_id"], unique=False, schema="identity"
    )
    op.create_index(
        "ix_organisation_mandate_person",
        "organisation_mandate",
        ["person_id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_organisation_mandate_running_out",
        "organisation_mandate",
        ["valid_until"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_organisation_mandate_open",
        "organisation_mandate",
        ["organisation_id", "person_id", "role"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("attestation", sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True), schema="identity")
    op.create_index(
        "ix_attestation_running_out",
        "attestation",
        ["valid_to"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("revoked_at IS NULL AND lapsed_at IS NULL"),
    )
    op.add_column(
        "organisation",
        sa.Column(
            "state",
            sa.Enum("pending", "confirmed", name="state", native_enum=False, create_constraint=True, length=64, schema="identity"),
            server_default=sa.text("'confirmed'"),
            nullable=False,
        ),
        schema="identity",
    )
    op.add_column("organisation", sa.Column("tax_code", sa.String(length=13), nullable=True), schema="identity")
    op.add_column("organisation", sa.Column("registered_by", sa.Uuid(), nullable=True), schema="identity")
    op.add_column("organisation", sa.Column("confirmed_by", sa.Uuid(), nullable=True), schema="identity")
    op.add_column("organisation", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True), schema="identity")
    op.create_index(op.f("ix_organisation_registered_by"), "organisation", ["registered_by"], unique=False, schema="identity")
    op.create_unique_constraint(op.f("uq_organisation_tax_code"), "organisation", ["tax_code"], schema="identity")
    op.create_foreign_key(
        op.f("fk_organisation_confirmed_by_person"),
        "organisation",
        "person",
        ["confirmed_by"],
        ["id"],
        source_schema="identity",
        referent_schema="identity",
    )
    op.create_foreign_key(
        op.f("fk_organisation_registered_by_person"),
        "organisation",
        "person",
        ["registered_by"],
        ["id"],
        source_schema="identity",
        referent_schema="identity",
    )
    op.add_column("person", sa.Column("adult_on", sa.Date(), nullable=True), schema="identity")
    op.add_column("person", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True), schema="identity")
    op.add_column(
        "person",
        sa.Column(
            "closed_because",
            sa.Enum(
                "death",
                "merged",
                "stay_ended",
                "request",
                name="closed_because_kind",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="identity",
            ),
            nullable=True,
        ),
        schema="identity",
    )
    op.add_column("person", sa.Column("merged_into", sa.Uuid(), nullable=True), schema="identity")
    op.create_index(op.f("ix_person_adult_on"), "person", ["adult_on"], unique=False, schema="identity")
    op.create_index(op.f("ix_person_stay_ends_on"), "person", ["stay_ends_on"], unique=False, schema="identity")
    op.create_foreign_key(
        op.f("fk_person_merged_into_person"),
        "person",
        "person",
        ["merged_into"],
        ["id"],
        source_schema="identity",
        referent_schema="identity",
    )
    op.add_column(
        "person_document",
        sa.Column(
            "evidence",
            sa.Enum("chip", "vneid", "counter", name="evidence", native_enum=False, create_constraint=True, length=64, schema="identity"),
            server_default="chip",
            nullable=False,
        ),
        schema="identity",
    )
    op.add_column(
        "person_document", sa.Column("original", sa.Boolean(), server_default=sa.text("false"), nullable=False), schema="identity"
    )
    op.add_column("person_document", sa.Column("warned_days", sa.SmallInteger(), nullable=True), schema="identity")
    op.add_column("person_document", sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True), schema="identity")
    op.add_column("person_document", sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True), schema="identity")
    op.alter_column("person_document", "expires_on", existing_type=sa.DATE(), nullable=True, schema="identity")
    op.alter_column("person_document", "signer_fingerprint", existing_type=sa.VARCHAR(length=64), nullable=True, schema="identity")
    op.create_index(op.f("ix_person_document_expires_on"), "person_document", ["expires_on"], unique=False, schema="identity")
    op.add_column(
        "proofing_session",
        sa.Column(
            "road",
            sa.Enum("chip", "vneid", name="road", native_enum=False, create_constraint=True, length=64, schema="identity"),
            server_default="chip",
            nullable=False,
        ),
        schema="identity",
    )
    op.add_column("proofing_session", sa.Column("for_person_id", sa.Uuid(), nullable=True), schema="identity")
    op.add_column("proofing_session", sa.Column("applicant", sa.LargeBinary(), nullable=True), schema="identity")
    op.add_column("proofing_session", sa.Column("chip_authentication", sa.LargeBinary(), nullable=True), schema="identity")
    op.create_index(op.f("ix_proofing_session_for_person_id"), "proofing_session", ["for_person_id"], unique=False, schema="identity")
    op.create_foreign_key(
        op.f("fk_proofing_session_for_person_id_person"),
        "proofing_session",
        "person",
        ["for_person_id"],
        ["id"],
        source_schema="identity",
        referent_schema="identity",
        ondelete="CASCADE",
    )
    for table, name, rule in CHECKS:
        op.create_check_constraint(op.f(name), table, sa.text(rule), schema="identity")
    for statement in FOUR_EYES.split(";\nCREATE FUNCTION"):
        op.execute(statement if statement.lstrip().startswith("CREATE") else f"CREATE FUNCTION{statement}")
    for statement in TRIGGERS:
        op.execute(statement)


def downgrade() -> None:  # noqa: PLR0915 (as above)
    for statement in TOO_NEW:
        op.execute(statement)
    for table, column, words in WORDS:
        narrow(table, column, column, *words)
    op.drop_constraint(op.f("fk_proofing_session_for_person_id_person"), "proofing_session", schema="identity", type_="foreignkey")
    op.drop_index(op.f("ix_proofing_session_for_person_id"), table_name="proofing_session", schema="identity")
    op.drop_column("proofing_session", "chip_authentication", schema="identity")
    op.drop_column("proofing_session", "applicant", schema="identity")
    op.drop_column("proofing_session", "for_person_id", schema="identity")
    op.drop_column("proofing_session", "road", schema="identity")
    op.drop_index(op.f("ix_person_document_expires_on"), table_name="person_document", schema="identity")
    op.alter_column("person_document", "signer_fingerprint", existing_type=sa.VARCHAR(length=64), nullable=False, schema="identity")
    op.alter_column("person_document", "expires_on", existing_type=sa.DATE(), nullable=False, schema="identity")
    op.drop_column("person_document", "superseded_at", schema="identity")
    op.drop_column("person_document", "lapsed_at", schema="identity")
    op.drop_column("person_document", "warned_days", schema="identity")
    op.drop_column("person_document", "original", schema="identity")
    op.drop_column("person_document", "evidence", schema="identity")
    op.drop_constraint(op.f("fk_person_merged_into_person"), "person", schema="identity", type_="foreignkey")
    op.drop_index(op.f("ix_person_stay_ends_on"), table_name="person", schema="identity")
    op.drop_index(op.f("ix_person_adult_on"), table_name="person", schema="identity")
    op.drop_column("person", "merged_into", schema="identity")
    op.drop_column("person", "closed_because", schema="identity")
    op.drop_column("person", "closed_at", schema="identity")
    op.drop_column("person", "adult_on", schema="identity")
    op.drop_constraint(op.f("fk_organisation_registered_by_person"), "organisation", schema="identity", type_="foreignkey")
    op.drop_constraint(op.f("fk_organisation_confirmed_by_person"), "organisation", schema="identity", type_="foreignkey")
    op.drop_constraint(op.f("uq_organisation_tax_code"), "organisation", schema="identity", type_="unique")
    op.drop_index(op.f("ix_organisation_registered_by"), table_name="organisation", schema="identity")
    op.drop_column("organisation", "confirmed_at", schema="identity")
    op.drop_column("organisation", "confirmed_by", schema="identity")
    op.drop_column("organisation", "registered_by", schema="identity")
    op.drop_column("organisation", "tax_code", schema="identity")
    op.drop_column("organisation", "state", schema="identity")
    op.drop_index(
        "ix_attestation_running_out",
        table_name="attestation",
        schema="identity",
        postgresql_where=sa.text("revoked_at IS NULL AND lapsed_at IS NULL"),
    )
    op.drop_column("attestation", "lapsed_at", schema="identity")
    op.drop_index(
        "uq_organisation_mandate_open", table_name="organisation_mandate", schema="identity", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_index(
        "ix_organisation_mandate_running_out",
        table_name="organisation_mandate",
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(
        "ix_organisation_mandate_person", table_name="organisation_mandate", schema="identity", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_index(op.f("ix_organisation_mandate_delegation_id"), table_name="organisation_mandate", schema="identity")
    op.drop_table("organisation_mandate", schema="identity")
    op.drop_index(
        "ix_organisation_delegation_to",
        table_name="organisation_delegation",
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_organisation_delegation_organisation_id"), table_name="organisation_delegation", schema="identity")
    op.drop_table("organisation_delegation", schema="identity")
    op.drop_table("federated_proofing", schema="identity")
    op.drop_index(op.f("ix_person_likeness_key_id_digest"), table_name="person_likeness", schema="identity")
    op.drop_table("person_likeness", schema="identity")
    op.drop_index(
        "uq_person_act_open_pair",
        table_name="person_act",
        schema="identity",
        postgresql_where=sa.text("kind <> 'death' AND state IN ('suggested', 'proposed')"),
    )
    op.drop_index(
        "uq_person_act_open_death",
        table_name="person_act",
        schema="identity",
        postgresql_where=sa.text("kind = 'death' AND state = 'proposed'"),
    )
    op.drop_index(op.f("ix_person_act_state_created_at"), table_name="person_act", schema="identity")
    op.drop_index(op.f("ix_person_act_person_id"), table_name="person_act", schema="identity")
    op.drop_index(op.f("ix_person_act_other_id"), table_name="person_act", schema="identity")
    op.drop_table("person_act", schema="identity")
    op.drop_index("uq_guardianship_open", table_name="guardianship", schema="identity", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index("ix_guardianship_ward", table_name="guardianship", schema="identity", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index("ix_guardianship_running_out", table_name="guardianship", schema="identity", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_table("guardianship", schema="identity")
    op.drop_index(op.f("ix_delegation_to_person_id_created_at"), table_name="delegation", schema="identity")
    op.drop_index("ix_delegation_running_out", table_name="delegation", schema="identity", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index(op.f("ix_delegation_from_person_id_created_at"), table_name="delegation", schema="identity")
    op.drop_table("delegation", schema="identity")
    op.drop_index(op.f("ix_counter_enrolment_state_created_at"), table_name="counter_enrolment", schema="identity")
    op.drop_index(op.f("ix_counter_enrolment_expires_at"), table_name="counter_enrolment", schema="identity")
    op.drop_table("counter_enrolment", schema="identity")
    op.drop_index(op.f("ix_trust_revocation_list_country_authority"), table_name="trust_revocation_list", schema="identity")
    op.drop_table("trust_revocation_list", schema="identity")
    op.drop_index(op.f("ix_trust_certificate_country_not_after"), table_name="trust_certificate", schema="identity")
    op.drop_table("trust_certificate", schema="identity")
    op.execute("DROP FUNCTION identity.counter_enrolment_keeps_its_officers()")
    op.execute("DROP FUNCTION identity.person_act_keeps_its_officers()")
