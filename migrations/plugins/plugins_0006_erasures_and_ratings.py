"""What apps were told to erase, ratings, and what moderators call an app by."""

import sqlalchemy as sa
from alembic import op

revision = "plugins_0006"
down_revision = "plugins_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("sub", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column(
            "reason",
            sa.Enum("removed", "account_erased", name="reason", native_enum=False, create_constraint=True, length=64, schema="plugins"),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reason = 'removed' OR person_id IS NULL", name=op.f("ck_app_erasure_person")),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_app_erasure_app_id_mini_app")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_erasure")),
        schema="plugins",
    )
    op.create_index(op.f("ix_app_erasure_app_id_asked_at"), "app_erasure", ["app_id", "asked_at"], unique=False, schema="plugins")
    op.create_index(
        "ix_app_erasure_open", "app_erasure", ["due_at"], unique=False, schema="plugins", postgresql_where=sa.text("confirmed_at IS NULL")
    )
    op.create_index(op.f("ix_app_erasure_person_id"), "app_erasure", ["person_id"], unique=False, schema="plugins")
    op.create_table(
        "rating",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.String(length=128), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=True),
        sa.Column("version_code", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_rating_stars")),
        sa.ForeignKeyConstraint(["app_id"], ["plugins.mini_app.app_id"], name=op.f("fk_rating_app_id_mini_app")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
        sa.UniqueConstraint("app_id", "person_id", name=op.f("uq_rating_app_id_person_id")),
        schema="plugins",
    )
    op.create_index(op.f("ix_rating_app_id_edited_at"), "rating", ["app_id", "edited_at"], unique=False, schema="plugins")
    op.create_index(op.f("ix_rating_person_id"), "rating", ["person_id"], unique=False, schema="plugins")
    op.add_column("mini_app", sa.Column("subject_id", sa.Uuid(), nullable=True), schema="plugins")
    op.execute("UPDATE plugins.mini_app SET subject_id = gen_random_uuid()")
    op.alter_column("mini_app", "subject_id", nullable=False, schema="plugins")
    op.add_column("mini_app", sa.Column("rating_count", sa.Integer(), server_default=sa.text("0"), nullable=False), schema="plugins")
    op.add_column("mini_app", sa.Column("rating_sum", sa.Integer(), server_default=sa.text("0"), nullable=False), schema="plugins")
    op.create_unique_constraint(op.f("uq_mini_app_subject_id"), "mini_app", ["subject_id"], schema="plugins")


def downgrade() -> None:
    op.drop_constraint(op.f("uq_mini_app_subject_id"), "mini_app", schema="plugins", type_="unique")
    op.drop_column("mini_app", "rating_sum", schema="plugins")
    op.drop_column("mini_app", "rating_count", schema="plugins")
    op.drop_column("mini_app", "subject_id", schema="plugins")
    op.drop_index(op.f("ix_rating_person_id"), table_name="rating", schema="plugins")
    op.drop_index(op.f("ix_rating_app_id_edited_at"), table_name="rating", schema="plugins")
    op.drop_table("rating", schema="plugins")
    op.drop_index(op.f("ix_app_erasure_person_id"), table_name="app_erasure", schema="plugins")
    op.drop_index("ix_app_erasure_open", table_name="app_erasure", schema="plugins", postgresql_where=sa.text("confirmed_at IS NULL"))
    op.drop_index(op.f("ix_app_erasure_app_id_asked_at"), table_name="app_erasure", schema="plugins")
    op.drop_table("app_erasure", schema="plugins")
