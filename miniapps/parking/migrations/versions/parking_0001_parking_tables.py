"""parking tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from miniapps.parking.server.queue import jobs

revision = "parking_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counted_once",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_counted_once")),
        schema="miniapp_parking",
    )
    op.create_index(op.f("ix_counted_once_at"), "counted_once", ["at"], unique=False, schema="miniapp_parking")
    op.create_table(
        "operator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("code", name=op.f("uq_operator_code")),
        schema="miniapp_parking",
    )
    op.create_table(
        "rate_table",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_table")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_rate_table_code_version")),
        schema="miniapp_parking",
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("rate_code", sa.String(length=60), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name=op.f("ck_place_position")),
        sa.ForeignKeyConstraint(["operator_id"], ["miniapp_parking.operator.id"], name=op.f("fk_place_operator_id_operator")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("code", name=op.f("uq_place_code")),
        schema="miniapp_parking",
    )
    op.create_index(op.f("ix_place_latitude_longitude"), "place", ["latitude", "longitude"], unique=False, schema="miniapp_parking")
    op.create_table(
        "rate_collection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rate_table_id", sa.Uuid(), nullable=False),
        sa.Column(
            "vehicle_class",
            sa.Enum(
                "car", "motorbike", name="vehicle_class", native_enum=False, create_constraint=True, length=64, schema="miniapp_parking"
            ),
            nullable=False,
        ),
        sa.Column("window_start", sa.Time(), nullable=False),
        sa.Column("window_end", sa.Time(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["rate_table_id"], ["miniapp_parking.rate_table.id"], name=op.f("fk_rate_collection_rate_table_id_rate_table")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_collection")),
        sa.UniqueConstraint(
            "rate_table_id", "vehicle_class", "window_start", name=op.f("uq_rate_collection_rate_table_id_vehicle_class_window_start")
        ),
        schema="miniapp_parking",
    )
    op.create_table(
        "capacity",
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column(
            "vehicle_class",
            sa.Enum(
                "car", "motorbike", name="vehicle_class", native_enum=False, create_constraint=True, length=64, schema="miniapp_parking"
            ),
            nullable=False,
        ),
        sa.Column("spaces", sa.Integer(), nullable=False),
        sa.CheckConstraint("spaces >= 0", name=op.f("ck_capacity_not_negative")),
        sa.ForeignKeyConstraint(["place_id"], ["miniapp_parking.place.id"], name=op.f("fk_capacity_place_id_place")),
        sa.PrimaryKeyConstraint("place_id", "vehicle_class", name=op.f("pk_capacity")),
        schema="miniapp_parking",
    )
    op.create_table(
        "occupancy_observation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column(
            "vehicle_class",
            sa.Enum(
                "car", "motorbike", name="vehicle_class", native_enum=False, create_constraint=True, length=64, schema="miniapp_parking"
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("free", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("simulated", "operator", name="source", native_enum=False, create_constraint=True, length=64, schema="miniapp_parking"),
            nullable=False,
        ),
        sa.CheckConstraint("free >= 0", name=op.f("ck_occupancy_observation_not_negative")),
        sa.ForeignKeyConstraint(["place_id"], ["miniapp_parking.place.id"], name=op.f("fk_occupancy_observation_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancy_observation")),
        schema="miniapp_parking",
    )
    op.create_index(
        op.f("ix_occupancy_observation_place_id_vehicle_class_at"),
        "occupancy_observation",
        ["place_id", "vehicle_class", "at"],
        unique=False,
        schema="miniapp_parking",
    )
    op.create_table(
        "parking_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("plate", sa.String(length=12), nullable=False),
        sa.Column(
            "vehicle_class",
            sa.Enum(
                "car", "motorbike", name="vehicle_class", native_enum=False, create_constraint=True, length=64, schema="miniapp_parking"
            ),
            nullable=False,
        ),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("rate_table_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "awaiting_payment",
                "active",
                "ended",
                "stopped",
                "lapsed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="miniapp_parking",
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminder_lead", sa.Integer(), nullable=True),
        sa.Column("wants_name", sa.Boolean(), nullable=False),
        sa.Column("printed_name", sa.LargeBinary(), nullable=True),
        sa.Column("refund_due", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_parking_session_forward")),
        sa.CheckConstraint("refund_due >= 0", name=op.f("ck_parking_session_refund")),
        sa.ForeignKeyConstraint(["place_id"], ["miniapp_parking.place.id"], name=op.f("fk_parking_session_place_id_place")),
        sa.ForeignKeyConstraint(
            ["rate_table_id"], ["miniapp_parking.rate_table.id"], name=op.f("fk_parking_session_rate_table_id_rate_table")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parking_session")),
        schema="miniapp_parking",
    )
    op.create_index(
        op.f("ix_parking_session_subject_created_at"), "parking_session", ["subject", "created_at"], unique=False, schema="miniapp_parking"
    )
    op.create_index(
        "uq_parking_session_open",
        "parking_session",
        ["plate", "place_id"],
        unique=True,
        schema="miniapp_parking",
        postgresql_where=sa.text("state IN ('awaiting_payment', 'active')"),
    )
    op.create_table(
        "rate_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.SmallInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("flat", "incrementing", name="kind", native_enum=False, create_constraint=True, length=64, schema="miniapp_parking"),
            nullable=False,
        ),
        sa.Column("starts_after", sa.Integer(), nullable=False),
        sa.Column("ends_after", sa.Integer(), nullable=True),
        sa.Column("increment", sa.Integer(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(kind = 'incrementing') = (increment IS NOT NULL)", name=op.f("ck_rate_line_increment")),
        sa.CheckConstraint("value >= 0 AND starts_after >= 0", name=op.f("ck_rate_line_not_negative")),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["miniapp_parking.rate_collection.id"], name=op.f("fk_rate_line_collection_id_rate_collection")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_line")),
        sa.UniqueConstraint("collection_id", "sequence", name=op.f("uq_rate_line_collection_id_sequence")),
        schema="miniapp_parking",
    )
    op.create_table(
        "segment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "awaiting_payment",
                "paid",
                "lapsed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=64,
                schema="miniapp_parking",
            ),
            nullable=False,
        ),
        sa.Column("intent_id", sa.Uuid(), nullable=True),
        sa.Column("qr_text", sa.Text(), nullable=True),
        sa.Column("pay_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_segment_amount")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_segment_forward")),
        sa.ForeignKeyConstraint(["session_id"], ["miniapp_parking.parking_session.id"], name=op.f("fk_segment_session_id_parking_session")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_segment_session_id_number")),
        schema="miniapp_parking",
    )
    op.create_index(
        "uq_segment_waiting",
        "segment",
        ["session_id"],
        unique=True,
        schema="miniapp_parking",
        postgresql_where=sa.text("state = 'awaiting_payment'"),
    )
    for statement in jobs.install_statements():
        op.execute(statement)


def downgrade() -> None:
    for statement in jobs.uninstall_statements():
        op.execute(statement)
    op.drop_index(
        "uq_segment_waiting", table_name="segment", schema="miniapp_parking", postgresql_where=sa.text("state = 'awaiting_payment'")
    )
    op.drop_table("segment", schema="miniapp_parking")
    op.drop_table("rate_line", schema="miniapp_parking")
    op.drop_index(
        "uq_parking_session_open",
        table_name="parking_session",
        schema="miniapp_parking",
        postgresql_where=sa.text("state IN ('awaiting_payment', 'active')"),
    )
    op.drop_index(op.f("ix_parking_session_subject_created_at"), table_name="parking_session", schema="miniapp_parking")
    op.drop_table("parking_session", schema="miniapp_parking")
    op.drop_index(op.f("ix_occupancy_observation_place_id_vehicle_class_at"), table_name="occupancy_observation", schema="miniapp_parking")
    op.drop_table("occupancy_observation", schema="miniapp_parking")
    op.drop_table("capacity", schema="miniapp_parking")
    op.drop_table("rate_collection", schema="miniapp_parking")
    op.drop_index(op.f("ix_place_latitude_longitude"), table_name="place", schema="miniapp_parking")
    op.drop_table("place", schema="miniapp_parking")
    op.drop_table("rate_table", schema="miniapp_parking")
    op.drop_table("operator", schema="miniapp_parking")
    op.drop_index(op.f("ix_counted_once_at"), table_name="counted_once", schema="miniapp_parking")
    op.drop_table("counted_once", schema="miniapp_parking")
