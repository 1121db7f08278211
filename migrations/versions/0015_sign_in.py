"""sign_in: sessions, second factors, links to choose a password, and the log."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ADDED = (
    ("subject", sa.String(length=64)),
    ("link_hash", sa.LargeBinary(length=32)),
    ("link_until", sa.DateTime(timezone=True)),
    ("totp", sa.String(length=500)),
    ("totp_step", sa.BigInteger()),
)
UNIQUE = ("subject", "link_hash")


def upgrade() -> None:
    """Apply."""
    for name, kind in ADDED:
        op.add_column("staff_user", sa.Column(name, kind, nullable=True))
    for name in UNIQUE:
        op.create_index(op.f(f"ix_staff_user_{name}"), "staff_user", [name], unique=True)
    op.create_table(
        "staff_session",
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", BIG, nullable=True),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_user.id"],
            name=op.f("fk_staff_session_user_id_staff_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_staff_session")),
    )
    op.create_index(op.f("ix_staff_session_user_id"), "staff_session", ["user_id"])
    op.create_table(
        "staff_recovery",
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_user.id"],
            name=op.f("fk_staff_recovery_user_id_staff_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_staff_recovery")),
    )
    op.create_table(
        "staff_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", BIG, nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("survey", sa.String(length=100), nullable=True),
        sa.Column("wave", sa.String(length=100), nullable=True),
        sa.Column("about", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_event")),
    )
    op.create_index(op.f("ix_staff_event_at"), "staff_event", ["at"])
    op.create_index(op.f("ix_staff_event_user_id"), "staff_event", ["user_id"])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("staff_event")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION staff_event_stays()")
    op.drop_table("staff_recovery")
    op.drop_table("staff_session")
    for name in UNIQUE:
        op.drop_index(op.f(f"ix_staff_user_{name}"), table_name="staff_user")
    for name, _ in reversed(ADDED):
        op.drop_column("staff_user", name)


SQLITE = (
    """
    CREATE TRIGGER staff_event_unchanged BEFORE UPDATE ON staff_event
    BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END
    """,
    """
    CREATE TRIGGER staff_event_kept BEFORE DELETE ON staff_event
    WHEN OLD.at > datetime('now', '-365 days')
    BEGIN SELECT RAISE(ABORT, 'the log is kept for a year'); END
    """,
)
POSTGRESQL = (
    """
    CREATE FUNCTION staff_event_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '365 days' THEN RETURN OLD; END IF;
      RAISE EXCEPTION 'the log is only added to, and kept for a year';
    END $$
    """,
    """
    CREATE TRIGGER staff_event_stays BEFORE UPDATE OR DELETE ON staff_event
    FOR EACH ROW EXECUTE FUNCTION staff_event_stays()
    """,
    """
    CREATE TRIGGER staff_event_whole BEFORE TRUNCATE ON staff_event
    FOR EACH STATEMENT EXECUTE FUNCTION staff_event_stays()
    """,
)
