"""answering."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "call_back",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "done_on IS NULL OR settled", name=op.f("ck_call_back_done_when_settled")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staff_unit",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_user.id"],
            name=op.f("fk_staff_unit_user_id_staff_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "unit", name=op.f("pk_staff_unit")),
    )
    op.create_table(
        "saved_ballot",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(length=1000), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_saved_ballot")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_saved_ballot_until"), "saved_ballot", ["until"])


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_saved_ballot_until"), table_name="saved_ballot")
    op.drop_table("saved_ballot")
    op.drop_table("staff_unit")
    op.drop_table("call_back")
