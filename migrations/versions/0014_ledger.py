"""ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ledger",
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_ledger_wave_id_wave")),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_ledger")),
    )
    op.create_table(
        "released_group",
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_released_group_wave_id_wave")
        ),
        sa.PrimaryKeyConstraint("wave_id", "key", "generation", name=op.f("pk_released_group")),
    )

    # In the order of the index people are counted by what they carry without being sorted
    op.drop_index("ix_response_wave_id_mode", table_name="response")
    op.create_index(
        "ix_response_wave_id_cell",
        "response",
        ["wave_id", "mode", "unit", "course", "language", "week", "caseworker"],
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_response_wave_id_cell", table_name="response")
    op.create_index("ix_response_wave_id_mode", "response", ["wave_id", "mode"])
    op.drop_table("released_group")
    op.drop_table("ledger")
