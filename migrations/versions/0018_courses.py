"""courses."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CHANNELS = "('email', 'sms', 'digital_post', 'letter', 'phone', 'card')"
STATES = "('waiting', 'invited', 'asked_before', 'team_off', 'opted_out', 'too_late')"


def upgrade() -> None:
    """Apply."""
    op.add_column("course_run", sa.Column("owner", sa.String(length=254), nullable=True))
    op.add_column(
        "course_run",
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("course_run", sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
    # With its check in the column: SQLite would have to copy the table for one beside it
    op.execute(
        "ALTER TABLE api_key ADD COLUMN scope VARCHAR(12) DEFAULT 'read' NOT NULL"
        " CONSTRAINT ck_api_key_scope CHECK (scope IN ('read', 'meetings'))"
    )
    op.create_table(
        "meeting",
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("team", sa.String(length=60), nullable=True),
        sa.Column("unit", sa.String(length=60), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_meeting_state")),
        sa.CheckConstraint("kind IN ('in_person', 'phone', 'video')", name=op.f("ck_meeting_kind")),
        sa.CheckConstraint(f"channel IN {CHANNELS}", name=op.f("ck_meeting_channel")),
        sa.CheckConstraint(
            "(state = 'waiting') = (reference IS NOT NULL)"
            " AND (reference IS NOT NULL OR (email IS NULL AND phone IS NULL))",
            name=op.f("ck_meeting_forgotten_when_settled"),
        ),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_meeting")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_meeting_state"), "meeting", ["state"])
    op.create_table(
        "meeting_team",
        sa.Column("team", sa.String(length=60), nullable=False),
        sa.Column("from_week", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("team", name=op.f("pk_meeting_team")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("meeting_team")
    op.drop_table("meeting")
    op.drop_column("api_key", "scope")
    for column in ("warned_at", "withdrawn", "owner"):
        op.drop_column("course_run", column)
