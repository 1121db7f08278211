"""Whose meeting an answer is about, and the invitation that it answers where that may be known.

And that staff decided how long something is kept; and quotes that go with the words they are of.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HOLDERS = ("link", "invitation")
CARRIERS = ("draft", "response", "frame_member", "paper_sheet")
UNNAMED = "An answer leads to an invitation only where its wave is not anonymous."
PROMISED = """NOT EXISTS (
  SELECT 1 FROM invitation JOIN wave ON wave.id = invitation.wave_id
  WHERE invitation.token_hash = NEW.invitation AND invitation.personal
    AND wave.id = NEW.wave_id AND wave.anonymity <> 'anonymous')"""
UNQUOTED_SQLITE = """
CREATE TRIGGER quote_goes_with_its_words AFTER UPDATE OF body ON comment WHEN NEW.body IS NULL
BEGIN DELETE FROM quote WHERE comment_id = NEW.id; END
"""
UNQUOTED_POSTGRESQL = (
    """
CREATE FUNCTION quote_goes_with_its_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM quote WHERE comment_id = NEW.id;
  RETURN NULL;
END $$
""",
    """
CREATE TRIGGER quote_goes_with_its_words AFTER UPDATE OF body ON comment
FOR EACH ROW WHEN (NEW.body IS NULL) EXECUTE FUNCTION quote_goes_with_its_words()
""",
)
SQLITE = (
    UNQUOTED_SQLITE,
    *(
        f"""
CREATE TRIGGER response_invitation_is_promised_{event} BEFORE {when} ON response
WHEN NEW.invitation IS NOT NULL AND {PROMISED}
BEGIN SELECT RAISE(ABORT, '{UNNAMED}'); END
"""
        for event, when in (("insert", "INSERT"), ("update", "UPDATE OF invitation, wave_id"))
    ),
)
POSTGRESQL = (
    f"""
CREATE FUNCTION response_invitation_is_promised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {PROMISED}
  THEN RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = '{UNNAMED}';
  END IF;
  RETURN NEW;
END $$
""",
    """
CREATE TRIGGER response_invitation_is_promised
BEFORE INSERT OR UPDATE OF invitation, wave_id ON response
FOR EACH ROW WHEN (NEW.invitation IS NOT NULL) EXECUTE FUNCTION response_invitation_is_promised()
""",
    *UNQUOTED_POSTGRESQL,
)


def upgrade() -> None:
    """Apply."""
    for table in HOLDERS:
        # With its check in the column: SQLite would have to copy the table for one beside it
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN caseworker VARCHAR(32)"
            f" CONSTRAINT ck_{table}_caseworker"
            " CHECK (caseworker IS NULL OR length(caseworker) BETWEEN 1 AND 32)"
        )
    for table in CARRIERS:
        op.add_column(table, sa.Column("caseworker", sa.String(length=32), nullable=True))
    op.add_column("response", sa.Column("invitation", sa.LargeBinary(length=32), nullable=True))
    op.create_index(
        "uq_response_invitation",
        "response",
        ["invitation"],
        unique=True,
        sqlite_where=sa.text("invitation IS NOT NULL"),
        postgresql_where=sa.text("invitation IS NOT NULL"),
    )
    op.create_table(
        "retention_change",
        sa.Column("id", BIG, nullable=False),
        sa.Column("survey_id", BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("days", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_retention_change_survey_id_survey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_change")),
    )
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("retention_change")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER response_invitation_is_promised ON response")
        op.execute("DROP FUNCTION response_invitation_is_promised")
        op.execute("DROP TRIGGER quote_goes_with_its_words ON comment")
        op.execute("DROP FUNCTION quote_goes_with_its_words")
    else:
        op.execute("DROP TRIGGER response_invitation_is_promised_insert")
        op.execute("DROP TRIGGER response_invitation_is_promised_update")
        op.execute("DROP TRIGGER quote_goes_with_its_words")
    op.drop_index("uq_response_invitation", "response")
    op.drop_column("response", "invitation")
    for table in (*CARRIERS, *HOLDERS):
        op.drop_column(table, "caseworker")
