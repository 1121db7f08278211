"""chat."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "survey",
        sa.Column("telegram", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.add_column(
        "bot_chat", sa.Column("wave", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("bot_chat", sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("bot_chat", sa.Column("number", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("bot_chat", "number")
    op.drop_column("bot_chat", "remind_at")
    op.drop_column("bot_chat", "wave")
    op.drop_column("survey", "telegram")
