"""reports."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _of_staff(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id_staff_user")
    return sa.ForeignKeyConstraint(["user_id"], ["staff_user.id"], name=name, ondelete="CASCADE")


def _of_order(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_order_id_report_order")
    return sa.ForeignKeyConstraint(["order_id"], ["report_order.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "board_edition",
        sa.Column("id", BIG, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_edition")),
    )
    op.create_table(
        "report_order",
        sa.Column("id", BIG, nullable=False),
        sa.Column("subject", sa.String(length=8), nullable=False),
        sa.Column("survey", sa.String(length=100), nullable=True),
        sa.Column("form", sa.String(length=4), nullable=False),
        sa.Column("rhythm", sa.String(length=10), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "subject IN ('survey', 'plan', 'board')", name=op.f("ck_report_order_subject")
        ),
        sa.CheckConstraint(
            "(subject = 'survey') = (survey IS NOT NULL)", name=op.f("ck_report_order_survey")
        ),
        sa.CheckConstraint("form IN ('pdf', 'xlsx')", name=op.f("ck_report_order_form")),
        sa.CheckConstraint(
            "form = 'pdf' OR subject = 'survey'", name=op.f("ck_report_order_form_fits")
        ),
        sa.CheckConstraint(
            "rhythm IN ('wave', 'fortnight', 'month')", name=op.f("ck_report_order_rhythm")
        ),
        sa.CheckConstraint(
            "rhythm <> 'wave' OR subject = 'survey'", name=op.f("ck_report_order_rhythm_fits")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_order")),
    )
    op.create_table(
        "report_recipient",
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        _of_order("report_recipient"),
        _of_staff("report_recipient"),
        sa.PrimaryKeyConstraint("order_id", "user_id", name=op.f("pk_report_recipient")),
    )
    op.create_index(op.f("ix_report_recipient_user_id"), "report_recipient", ["user_id"])
    op.create_table(
        "report_sending",
        sa.Column("id", BIG, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("occasion", sa.String(length=120), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("failure", sa.String(length=20), nullable=True),
        sa.CheckConstraint(
            "failure IS NULL OR ended_at IS NOT NULL", name=op.f("ck_report_sending_failure")
        ),
        _of_order("report_sending"),
        _of_staff("report_sending"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_sending")),
        sa.UniqueConstraint("order_id", "user_id", "occasion", name="uq_report_sending_once"),
    )
    op.create_index(op.f("ix_report_sending_order_id"), "report_sending", ["order_id"])
    op.create_index(op.f("ix_report_sending_user_id"), "report_sending", ["user_id"])
    op.create_table(
        "caseworker_key",
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        _of_staff("caseworker_key"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_caseworker_key")),
        sa.UniqueConstraint("key", name=op.f("uq_caseworker_key_key")),
    )
    op.create_table(
        "learning_note",
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        _of_staff("learning_note"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_note")),
    )
    op.create_index(op.f("ix_learning_note_user_id"), "learning_note", ["user_id"])
    op.create_table(
        "team_question",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_question")),
    )
    op.create_index("ix_team_question_unit", "team_question", ["unit", "week"])


def downgrade() -> None:
    """Take back."""
    for table in (
        "team_question",
        "learning_note",
        "caseworker_key",
        "report_sending",
        "report_recipient",
        "report_order",
        "board_edition",
    ):
        op.drop_table(table)
