"""fieldwork."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FIXED = "The anonymity of a wave is fixed from its first invitation on."
SQLITE = f"""
CREATE TRIGGER wave_anonymity_is_fixed BEFORE UPDATE OF anonymity ON wave
WHEN OLD.anonymity <> NEW.anonymity AND EXISTS (SELECT 1 FROM invitation WHERE wave_id = OLD.id)
BEGIN SELECT RAISE(ABORT, '{FIXED}'); END
"""
POSTGRESQL = (
    f"""
CREATE FUNCTION wave_anonymity_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.anonymity <> NEW.anonymity AND EXISTS (SELECT 1 FROM invitation WHERE wave_id = OLD.id)
  THEN RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = '{FIXED}';
  END IF;
  RETURN NEW;
END $$
""",
    """
CREATE TRIGGER wave_anonymity_is_fixed BEFORE UPDATE OF anonymity ON wave
FOR EACH ROW EXECUTE FUNCTION wave_anonymity_is_fixed()
""",
)


def upgrade() -> None:
    """Apply."""
    # With its check in the column: SQLite would have to copy the table for one beside it
    op.execute(
        "ALTER TABLE wave ADD COLUMN erased INTEGER DEFAULT 0 NOT NULL"
        " CONSTRAINT ck_wave_erased CHECK (erased >= 0)"
    )
    for fact in ("refused", "undeliverable"):
        op.add_column(
            "invitation",
            sa.Column(fact, sa.Boolean(), server_default=sa.false(), nullable=False),
        )
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else (SQLITE,):
        op.execute(statement)
    op.create_table(
        "course_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("course", sa.String(length=60), nullable=False),
        sa.Column("supplier", sa.String(length=60), nullable=True),
        sa.Column("place", sa.String(length=60), nullable=True),
        sa.Column("teacher", sa.String(length=60), nullable=True),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.CheckConstraint("ends >= begins", name=op.f("ck_course_run_ends_after_it_begins")),
        sa.CheckConstraint("expected IS NULL OR expected > 0", name=op.f("ck_course_run_expected")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_run")),
        sa.UniqueConstraint("name", name=op.f("uq_course_run_name")),
    )
    op.create_index(op.f("ix_course_run_ends"), "course_run", ["ends"])

    op.create_table(
        "retention_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_table(
        "retention",
        sa.Column(
            "survey_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("frame_days", sa.Integer(), nullable=False),
        sa.Column("draft_days", sa.Integer(), nullable=False),
        sa.Column("text_days", sa.Integer(), nullable=False),
        sa.Column("response_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("draft_days BETWEEN 1 AND 3660", name=op.f("ck_retention_draft_days")),
        sa.CheckConstraint("frame_days BETWEEN 1 AND 3660", name=op.f("ck_retention_frame_days")),
        sa.CheckConstraint(
            "response_days BETWEEN 1 AND 3660", name=op.f("ck_retention_response_days")
        ),
        sa.CheckConstraint("text_days BETWEEN 1 AND 3660", name=op.f("ck_retention_text_days")),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_retention_survey_id_survey")
        ),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_retention")),
    )
    op.create_table(
        "schedule",
        sa.Column(
            "survey_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("rhythm", sa.String(length=16), nullable=False),
        sa.Column("opens_time", sa.Time(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("anonymity", sa.String(length=12), nullable=False),
        sa.Column("target", sa.Numeric(precision=5, scale=4), nullable=True),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(rhythm = 'continuous') = (days IS NULL) AND (days IS NULL) = (opens_time IS NULL)",
            name=op.f("ck_schedule_times_where_it_pauses"),
        ),
        sa.CheckConstraint(
            "anonymity IN ('anonymous', 'confidential', 'identified')",
            name=op.f("ck_schedule_anonymity"),
        ),
        sa.CheckConstraint(
            "rhythm IN ('april_october', 'continuous', 'course_run')",
            name=op.f("ck_schedule_rhythm"),
        ),
        sa.CheckConstraint("days BETWEEN 1 AND 120", name=op.f("ck_schedule_days")),
        sa.CheckConstraint(
            "target IS NULL OR target BETWEEN 0 AND 1", name=op.f("ck_schedule_target")
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_schedule_survey_id_survey")
        ),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_schedule")),
    )
    op.create_table(
        "frame_member",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=True),
        sa.Column("team", sa.String(length=60), nullable=True),
        sa.Column("course", sa.String(length=60), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.CheckConstraint(
            "channel IN ('email', 'sms', 'digital_post', 'letter', 'phone', 'card')",
            name=op.f("ck_frame_member_channel"),
        ),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_frame_member_wave_id_wave")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_member")),
        sa.UniqueConstraint("wave_id", "reference", name=op.f("uq_frame_member_wave_id_reference")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_upload_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wave_day",
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.CheckConstraint("received >= 0", name=op.f("ck_wave_day_received")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_day_wave_id_wave")),
        sa.PrimaryKeyConstraint("wave_id", "day", name=op.f("pk_wave_day")),
    )
    op.create_table(
        "contact",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.CheckConstraint(
            "email IS NOT NULL OR phone IS NOT NULL", name=op.f("ck_contact_email_or_phone")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["frame_member.id"],
            name=op.f("fk_contact_member_id_frame_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_contact")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take back."""
    for table in (
        "contact", "wave_day", "upload", "frame_member", "schedule", "retention",
        "retention_run", "course_run",
    ):  # fmt: skip
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER wave_anonymity_is_fixed ON wave")
        op.execute("DROP FUNCTION wave_anonymity_is_fixed")
    else:
        op.execute("DROP TRIGGER wave_anonymity_is_fixed")
    op.drop_column("invitation", "undeliverable")
    op.drop_column("invitation", "refused")
    op.drop_column("wave", "erased")
