"""Sheets of paper that are typed in twice, and how often both entries agree."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "paper_sheet",
        sa.Column("wave_id", BIG, nullable=False),
        sa.Column("number", sa.String(length=9), nullable=False),
        sa.Column("instrument_version_id", BIG, nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=True),
        sa.Column("course", sa.String(length=60), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=True),
        sa.Column("entered_by", BIG, nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_paper_sheet_wave_id_wave")),
        sa.ForeignKeyConstraint(
            ["instrument_version_id"],
            ["instrument_version.id"],
            name=op.f("fk_paper_sheet_instrument_version_id_instrument_version"),
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"],
            ["staff_user.id"],
            name=op.f("fk_paper_sheet_entered_by_staff_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("wave_id", "number", name=op.f("pk_paper_sheet")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_paper_sheet_entered_by"), "paper_sheet", ["entered_by"])
    op.create_table(
        "paper_tally",
        sa.Column("wave_id", BIG, nullable=False),
        sa.Column("entered", sa.Integer(), nullable=False),
        sa.Column("twice", sa.Integer(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("agreeing", sa.Integer(), nullable=False),
        sa.CheckConstraint("agreeing BETWEEN 0 AND compared", name=op.f("ck_paper_tally_agreeing")),
        sa.CheckConstraint("twice BETWEEN 0 AND entered", name=op.f("ck_paper_tally_twice")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_paper_tally_wave_id_wave")),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_paper_tally")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("paper_tally")
    op.drop_table("paper_sheet")
