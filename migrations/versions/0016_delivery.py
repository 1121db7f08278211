"""What is sent to whom in which step, and who is left in peace."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STEPS = "step IN ('invitation', 'reminder_1', 'reminder_2')"
STATES = "state IN ('waiting', 'sending', 'done', 'handed_over', 'failed', 'uncertain')"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "dispatch",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("holder", sa.LargeBinary(length=16), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(STEPS, name=op.f("ck_dispatch_step")),
        sa.CheckConstraint(STATES, name=op.f("ck_dispatch_state")),
        sa.CheckConstraint(
            "(state = 'sending') = (holder IS NOT NULL)", name=op.f("ck_dispatch_held_while_sent")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["frame_member.id"],
            name=op.f("fk_dispatch_member_id_frame_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", "step", name=op.f("pk_dispatch")),
        sa.UniqueConstraint("ref", name=op.f("uq_dispatch_ref")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_dispatch_state", "dispatch", ["state"])
    op.create_table(
        "sending",
        sa.Column(
            "survey_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("reminders", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("rest_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("rest_days BETWEEN 0 AND 366", name=op.f("ck_sending_rest_days")),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_sending_survey_id_survey")
        ),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_sending")),
    )
    op.create_table(
        "asked",
        sa.Column("person", sa.LargeBinary(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_asked")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_asked_day"), "asked", ["day"])
    op.create_table(
        "opt_out",
        sa.Column("person", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_opt_out")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("opt_out")
    op.drop_table("asked")
    op.drop_table("sending")
    op.drop_table("dispatch")
