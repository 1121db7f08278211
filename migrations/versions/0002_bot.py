"""What the bot keeps: updates, messages, places."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bot_chat",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("place", sa.LargeBinary(), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=True),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_bot_chat")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bot_inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'aside')", name=op.f("ck_bot_inbox_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_inbox")),
        sa.UniqueConstraint("update_id", name=op.f("uq_bot_inbox_update_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("bot_inbox", schema=None) as batch_op:
        batch_op.create_index("ix_bot_inbox_state_id", ["state", "id"], unique=False)

    op.create_table(
        "bot_outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chat", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_outbox")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("bot_outbox", schema=None) as batch_op:
        batch_op.create_index("ix_bot_outbox_chat_id", ["chat", "id"], unique=False)

    op.create_table(
        "bot_poll",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("good_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_bot_poll_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_poll")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("bot_poll")
    with op.batch_alter_table("bot_outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_bot_outbox_chat_id")

    op.drop_table("bot_outbox")
    with op.batch_alter_table("bot_inbox", schema=None) as batch_op:
        batch_op.drop_index("ix_bot_inbox_state_id")

    op.drop_table("bot_inbox")
    op.drop_table("bot_chat")
