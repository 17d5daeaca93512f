"""social tables"""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import create_schema, drop_schema

revision = "social_0001"
down_revision = None
branch_labels = ("social",)
depends_on = None

MINUTE, DAY = 60, 86_400
# action, trust level, window in seconds, allowed: starting points, to be followed by newer rows
BUDGETS = [
    (action, level, window, allowed)
    for action, per_minute, per_day in (("post", 5, 60), ("reply", 10, 300), ("edit", 10, 200), ("follow", 30, 500))
    for level in (0, 1, 2, 3)
    for window, allowed in ((MINUTE, per_minute), (DAY, per_day if level >= 2 else per_day // 2))
]


def upgrade() -> None:
    create_schema("social")
    op.create_table(
        "block",
        sa.Column("blocker_id", sa.Uuid(), nullable=False),
        sa.Column("blocked_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("blocker_id <> blocked_id", name=op.f("ck_block_another")),
        sa.PrimaryKeyConstraint("blocker_id", "blocked_id", name=op.f("pk_block")),
        schema="social",
    )
    op.create_index(op.f("ix_block_blocked_id"), "block", ["blocked_id"], unique=False, schema="social")
    op.create_table(
        "budget",
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("window_seconds", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.CheckConstraint("allowed >= 0 AND window_seconds > 0", name=op.f("ck_budget_sensible")),
        sa.PrimaryKeyConstraint("action", "level", "window_seconds", "valid_from", name=op.f("pk_budget")),
        schema="social",
    )
    op.create_table(
        "follow",
        sa.Column("follower_id", sa.Uuid(), nullable=False),
        sa.Column("followee_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("follower_id <> followee_id", name=op.f("ck_follow_another")),
        sa.PrimaryKeyConstraint("follower_id", "followee_id", name=op.f("pk_follow")),
        schema="social",
    )
    op.create_index(op.f("ix_follow_followee_id"), "follow", ["followee_id"], unique=False, schema="social")
    op.create_table(
        "group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("public", "interest", "ward", name="kind", native_enum=False, create_constraint=True, length=64, schema="social"),
            nullable=False,
        ),
        sa.Column(
            "reading",
            sa.Enum("everyone", "members", name="reading", native_enum=False, create_constraint=True, length=64, schema="social"),
            nullable=False,
        ),
        sa.Column("admin_unit_id", sa.Uuid(), nullable=True),
        sa.Column("name_vi", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("about_vi", sa.String(length=1000), nullable=False),
        sa.Column("about_en", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'ward') = (admin_unit_id IS NOT NULL)", name=op.f("ck_group_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group")),
        sa.UniqueConstraint("key", name=op.f("uq_group_key")),
        schema="social",
    )
    op.create_index(
        "uq_group_admin_unit_id", "group", ["admin_unit_id"], unique=True, schema="social", postgresql_where=sa.text("kind = 'ward'")
    )
    op.create_table(
        "profile",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_profile")),
        schema="social",
    )
    op.create_table(
        "membership",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["social.group.id"], name=op.f("fk_membership_group_id_group")),
        sa.PrimaryKeyConstraint("person_id", "group_id", name=op.f("pk_membership")),
        schema="social",
    )
    op.create_index(op.f("ix_membership_group_id"), "membership", ["group_id"], unique=False, schema="social")
    op.create_table(
        "post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "audience",
            sa.Enum("public", "residents", "group", name="audience", native_enum=False, create_constraint=True, length=64, schema="social"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("visible", "hidden", "deleted", name="state", native_enum=False, create_constraint=True, length=64, schema="social"),
            nullable=False,
        ),
        sa.Column("body", sa.String(length=5000), nullable=False),
        sa.Column("body_search", sa.Text(), nullable=False),
        sa.Column("body_folded", sa.Text(), nullable=False),
        sa.Column(
            "words",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('simple', body_search), 'A') || setweight(to_tsvector('simple', body_folded), 'C')", persisted=True
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("audience <> 'group' OR group_id IS NOT NULL", name=op.f("ck_post_group")),
        sa.ForeignKeyConstraint(["group_id"], ["social.group.id"], name=op.f("fk_post_group_id_group")),
        sa.ForeignKeyConstraint(["parent_id"], ["social.post.id"], name=op.f("fk_post_parent_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        schema="social",
    )
    op.create_index(
        "ix_post_author",
        "post",
        ["author_id", sa.literal_column("id DESC")],
        unique=False,
        schema="social",
        postgresql_where=sa.text("parent_id IS NULL AND state = 'visible'"),
        postgresql_include=["audience", "group_id"],
    )
    op.create_index(
        "ix_post_group",
        "post",
        ["group_id", sa.literal_column("id DESC")],
        unique=False,
        schema="social",
        postgresql_where=sa.text("parent_id IS NULL AND state = 'visible'"),
    )
    op.create_index(
        "ix_post_parent", "post", ["parent_id", "id"], unique=False, schema="social", postgresql_where=sa.text("parent_id IS NOT NULL")
    )
    op.create_index(
        "ix_post_public",
        "post",
        [sa.literal_column("id DESC")],
        unique=False,
        schema="social",
        postgresql_where=sa.text("parent_id IS NULL AND state = 'visible' AND audience = 'public'"),
    )
    op.create_index("ix_post_words", "post", ["words"], unique=False, schema="social", postgresql_using="gin")
    op.create_table(
        "post_edit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(length=5000), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["social.post.id"], name=op.f("fk_post_edit_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_edit")),
        schema="social",
    )
    op.create_index(op.f("ix_post_edit_post_id"), "post_edit", ["post_id"], unique=False, schema="social")
    budget = sa.table(
        "budget", *(sa.column(name) for name in ("action", "level", "window_seconds", "valid_from", "allowed")), schema="social"
    )
    columns = ("action", "level", "window_seconds", "allowed")
    op.bulk_insert(budget, [dict(zip(columns, row, strict=True)) | {"valid_from": date(2026, 1, 1)} for row in BUDGETS])


def downgrade() -> None:
    op.drop_index(op.f("ix_post_edit_post_id"), table_name="post_edit", schema="social")
    op.drop_table("post_edit", schema="social")
    op.drop_index("ix_post_words", table_name="post", schema="social", postgresql_using="gin")
    op.drop_index(
        "ix_post_public",
        table_name="post",
        schema="social",
        postgresql_where=sa.text("parent_id IS NULL AND state = 'visible' AND audience = 'public'"),
    )
    op.drop_index("ix_post_parent", table_name="post", schema="social", postgresql_where=sa.text("parent_id IS NOT NULL"))
    op.drop_index("ix_post_group", table_name="post", schema="social", postgresql_where=sa.text("parent_id IS NULL AND state = 'visible'"))
    op.drop_index(
        "ix_post_author",
        table_name="post",
        schema="social",
        postgresql_where=sa.text("parent_id IS NULL AND state = 'visible'"),
        postgresql_include=["audience", "group_id"],
    )
    op.drop_table("post", schema="social")
    op.drop_index(op.f("ix_membership_group_id"), table_name="membership", schema="social")
    op.drop_table("membership", schema="social")
    op.drop_table("profile", schema="social")
    op.drop_index("uq_group_admin_unit_id", table_name="group", schema="social", postgresql_where=sa.text("kind = 'ward'"))
    op.drop_table("group", schema="social")
    op.drop_index(op.f("ix_follow_followee_id"), table_name="follow", schema="social")
    op.drop_table("follow", schema="social")
    op.drop_table("budget", schema="social")
    op.drop_index(op.f("ix_block_blocked_id"), table_name="block", schema="social")
    op.drop_table("block", schema="social")
    drop_schema("social")
