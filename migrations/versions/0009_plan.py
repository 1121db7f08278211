"""plan."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "plan_version",
        sa.Column("id", BIG, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version")),
    )
    op.create_table(
        "register_reading",
        sa.Column("id", BIG, nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_reading")),
    )
    op.create_index(
        "ix_register_reading_indicator", "register_reading", ["indicator", "place", "period"]
    )
    op.create_table(
        "action",
        sa.Column("id", BIG, nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=True),
        sa.Column("theme", sa.String(length=100), nullable=True),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'done', 'dropped')", name=op.f("ck_action_state")),
        sa.CheckConstraint("(state = 'open') = (ended_on IS NULL)", name=op.f("ck_action_ended")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
    )
    op.create_table(
        "board_indicator",
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "position BETWEEN 1 AND 5", name=op.f("ck_board_indicator_five_at_most")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_board_indicator")),
        sa.UniqueConstraint("indicator", name=op.f("uq_board_indicator_indicator")),
    )
    op.create_table(
        "board_meeting",
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("held_on", name=op.f("pk_board_meeting")),
    )
    op.create_table(
        "release",
        sa.Column("wave_id", BIG, nullable=False),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Integer(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_release_wave_id_wave")),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_release")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("release")
    op.drop_table("board_meeting")
    op.drop_table("board_indicator")
    op.drop_table("action")
    op.drop_table("register_reading")
    op.drop_table("plan_version")
