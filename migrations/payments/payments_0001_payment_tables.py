"""payment tables"""

import sqlalchemy as sa
from alembic import op

from migrations.money import FUNCTIONS, RULES
from migrations.operations import append_only, create_schema, drop_schema

revision = "payments_0001"
down_revision = None
branch_labels = ("payments",)
depends_on = ("kernel_0001",)


def upgrade() -> None:
    create_schema("payments")
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "provider_clearing",
                "operator_payable",
                "agency_revenue",
                "person_payable",
                "suspense",
                "refund_payable",
                "escrow",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="payments",
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_account_kind_key")),
        schema="payments",
    )
    op.create_table(
        "movement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "settlement", "suspense", "transfer", name="kind", native_enum=False, create_constraint=True, length=64, schema="payments"
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("xact", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement")),
        schema="payments",
    )
    op.create_index(op.f("ix_movement_reference"), "movement", ["reference"], unique=False, schema="payments")
    op.create_table(
        "payee",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("operator", "agency", "person", name="kind", native_enum=False, create_constraint=True, length=64, schema="payments"),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("bank_bin", sa.String(length=6), nullable=False),
        sa.Column("bank_account", sa.String(length=19), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_payee_kind_key")),
        schema="payments",
    )
    op.create_table(
        "receipt_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payee_key", sa.String(length=140), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("pattern", sa.String(length=20), nullable=False),
        sa.Column("series", sa.String(length=10), nullable=False),
        sa.Column("agency", sa.String(length=200), nullable=False),
        sa.Column("agency_code", sa.String(length=40), nullable=False),
        sa.Column("tax_code", sa.String(length=14), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_series")),
        sa.UniqueConstraint("pattern", "series", name=op.f("uq_receipt_series_pattern_series")),
        sa.UniqueConstraint("payee_key", "year", name=op.f("uq_receipt_series_payee_key_year")),
        schema="payments",
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("movement_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_entry_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["payments.account.id"], name=op.f("fk_entry_account_id_account")),
        sa.ForeignKeyConstraint(["movement_id"], ["payments.movement.id"], name=op.f("fk_entry_movement_id_movement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        schema="payments",
    )
    op.create_index(op.f("ix_entry_account_id"), "entry", ["account_id"], unique=False, schema="payments")
    op.create_index(op.f("ix_entry_movement_id"), "entry", ["movement_id"], unique=False, schema="payments")
    op.create_table(
        "intent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=True),
        sa.Column("payee_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("description_vi", sa.String(length=500), nullable=False),
        sa.Column("description_en", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("dedupe", sa.String(length=200), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "settled",
                "expired",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="payments",
            ),
            nullable=False,
        ),
        sa.Column("qr_text", sa.String(length=600), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name=op.f("ck_intent_settled")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_intent_amount")),
        sa.ForeignKeyConstraint(["payee_id"], ["payments.payee.id"], name=op.f("fk_intent_payee_id_payee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intent")),
        sa.UniqueConstraint("code", name=op.f("uq_intent_code")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_intent_dedupe")),
        schema="payments",
    )
    op.create_index(op.f("ix_intent_payee_id"), "intent", ["payee_id"], unique=False, schema="payments")
    op.create_index("ix_intent_payer_id_created_at", "intent", ["payer_id", "created_at"], unique=False, schema="payments")
    op.create_index(op.f("ix_intent_reference"), "intent", ["reference"], unique=False, schema="payments")
    op.create_table(
        "callback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("provider_reference", sa.String(length=80), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "settled",
                "wrong_amount",
                "unknown_order",
                "paid_again",
                "after_cancellation",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="payments",
            ),
            nullable=False,
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["intent_id"], ["payments.intent.id"], name=op.f("fk_callback_intent_id_intent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
        sa.UniqueConstraint("provider", "provider_reference", name=op.f("uq_callback_provider_provider_reference")),
        schema="payments",
    )
    op.create_index(op.f("ix_callback_intent_id"), "callback", ["intent_id"], unique=False, schema="payments")
    op.create_index(
        "ix_callback_open",
        "callback",
        ["received_at"],
        unique=False,
        schema="payments",
        postgresql_where=sa.text("outcome <> 'settled' AND resolved_at IS NULL"),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=True),
        sa.Column("payer_name", sa.String(length=200), nullable=False),
        sa.Column("payee_name", sa.String(length=200), nullable=False),
        sa.Column("description_vi", sa.String(length=500), nullable=False),
        sa.Column("description_en", sa.String(length=500), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("amount_in_words", sa.String(length=400), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_code", sa.String(length=16), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_receipt_number")),
        sa.ForeignKeyConstraint(["intent_id"], ["payments.intent.id"], name=op.f("fk_receipt_intent_id_intent")),
        sa.ForeignKeyConstraint(["series_id"], ["payments.receipt_series.id"], name=op.f("fk_receipt_series_id_receipt_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_receipt_intent_id")),
        sa.UniqueConstraint("series_id", "number", name=op.f("uq_receipt_series_id_number")),
        schema="payments",
    )
    op.create_index(op.f("ix_receipt_payer_id"), "receipt", ["payer_id"], unique=False, schema="payments")
    for table in ("movement", "entry", "receipt"):
        append_only(f"payments.{table}")
    for statement in RULES:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f("ix_receipt_payer_id"), table_name="receipt", schema="payments")
    op.drop_table("receipt", schema="payments")
    op.drop_index(
        "ix_callback_open",
        table_name="callback",
        schema="payments",
        postgresql_where=sa.text("outcome <> 'settled' AND resolved_at IS NULL"),
    )
    op.drop_index(op.f("ix_callback_intent_id"), table_name="callback", schema="payments")
    op.drop_table("callback", schema="payments")
    op.drop_index(op.f("ix_intent_reference"), table_name="intent", schema="payments")
    op.drop_index("ix_intent_payer_id_created_at", table_name="intent", schema="payments")
    op.drop_index(op.f("ix_intent_payee_id"), table_name="intent", schema="payments")
    op.drop_table("intent", schema="payments")
    op.drop_index(op.f("ix_entry_movement_id"), table_name="entry", schema="payments")
    op.drop_index(op.f("ix_entry_account_id"), table_name="entry", schema="payments")
    op.drop_table("entry", schema="payments")
    op.drop_table("receipt_series", schema="payments")
    op.drop_table("payee", schema="payments")
    op.drop_index(op.f("ix_movement_reference"), table_name="movement", schema="payments")
    op.drop_table("movement", schema="payments")
    op.drop_table("account", schema="payments")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION payments.{name}()")
    drop_schema("payments")
