"""units and guesses."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("action", sa.Column("unit", sa.String(length=60), nullable=True))
    op.create_table(
        "guess",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_guess")),
    )
    op.create_index(op.f("ix_guess_ends_at"), "guess", ["ends_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_guess_ends_at"), table_name="guess")
    op.drop_table("guess")
    op.drop_column("action", "unit")
