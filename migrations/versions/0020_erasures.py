"""erasures."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_id", BIG, nullable=False),
        sa.Column("carried", sa.Text(), nullable=True),
        sa.Column("answered", sa.Text(), nullable=True),
        sa.CheckConstraint("(carried IS NULL) = (answered IS NULL)", name=op.f("ck_erasure_whole")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_erasure_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_erasure_wave_id"), "erasure", ["wave_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("erasure")
