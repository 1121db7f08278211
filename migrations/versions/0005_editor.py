"""editor."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "instrument_draft",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.String(length=254), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_instrument_draft_revision")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_instrument_draft")),
    )
    op.create_table(
        "spoken_language",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_spoken_language")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("spoken_language")
    op.drop_table("instrument_draft")
