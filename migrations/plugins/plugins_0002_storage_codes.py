"""launches that were used, codes, storage"""

import sqlalchemy as sa
from alembic import op

revision = "plugins_0002"
down_revision = "plugins_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_number",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sector", sa.String(length=200), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number > 0 AND number < 9007199254740992", name=op.f("ck_person_number_number")),
        sa.PrimaryKeyConstraint("person_id", "sector", name=op.f("pk_person_number")),
        sa.UniqueConstraint("sector", "number", name=op.f("uq_person_number_sector_number")),
        schema="plugins",
    )
    op.create_table(
        "attribute_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_attribute_code_app_id_mini_app")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribute_code")),
        sa.UniqueConstraint("hash", name=op.f("uq_attribute_code_hash")),
        schema="plugins",
    )
    op.create_index(op.f("ix_attribute_code_expires_at"), "attribute_code", ["expires_at"], unique=False, schema="plugins")
    op.create_index(op.f("ix_attribute_code_person_id"), "attribute_code", ["person_id"], unique=False, schema="plugins")
    op.create_table(
        "launch_secret",
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_launch_secret_app_id_mini_app")),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_launch_secret")),
        schema="plugins",
    )
    op.create_table(
        "stored_value",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_stored_value_app_id_mini_app")),
        sa.PrimaryKeyConstraint("person_id", "app_id", "key", name=op.f("pk_stored_value")),
        schema="plugins",
    )
    op.create_index(op.f("ix_stored_value_app_id"), "stored_value", ["app_id"], unique=False, schema="plugins")
    op.add_column("launch", sa.Column("used_at", sa.DateTime(timezone=True), nullable=True), schema="plugins")


def downgrade() -> None:
    op.drop_column("launch", "used_at", schema="plugins")
    op.drop_index(op.f("ix_stored_value_app_id"), table_name="stored_value", schema="plugins")
    op.drop_table("stored_value", schema="plugins")
    op.drop_table("launch_secret", schema="plugins")
    op.drop_index(op.f("ix_attribute_code_person_id"), table_name="attribute_code", schema="plugins")
    op.drop_index(op.f("ix_attribute_code_expires_at"), table_name="attribute_code", schema="plugins")
    op.drop_table("attribute_code", schema="plugins")
    op.drop_table("person_number", schema="plugins")
