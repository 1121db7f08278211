"""themes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SENTIMENTS = "('positive', 'negative', 'mixed', 'neutral')"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("coding") as coding:
        coding.add_column(sa.Column("reading", sa.String(length=6), nullable=True))
        coding.add_column(sa.Column("interest", sa.Double(), nullable=True))
    op.execute("UPDATE coding SET reading = 'shown' WHERE coder IS NOT NULL")
    with op.batch_alter_table("coding") as coding:
        coding.create_check_constraint(
            op.f("ck_coding_reading"), "reading IN ('shown', 'blind', 'second')"
        )
        coding.create_check_constraint(
            op.f("ck_coding_people_read"), "(reading IS NULL) = (coder IS NULL)"
        )
    with op.batch_alter_table("theme_assignment") as assignment:
        assignment.add_column(sa.Column("sentiment", sa.String(length=8), nullable=True))
        assignment.create_check_constraint(
            op.f("ck_theme_assignment_sentiment"), f"sentiment IN {SENTIMENTS}"
        )
    op.create_table(
        "code_frame",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("themes", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'in_use', 'earlier')", name=op.f("ck_code_frame_state")
        ),
        sa.CheckConstraint("number > 1", name=op.f("ck_code_frame_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_frame")),
        sa.UniqueConstraint("audience", "number", name=op.f("uq_code_frame_audience_number")),
    )
    op.create_table(
        "wave_frame",
        sa.Column(
            "wave_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("code_frame", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_frame_wave_id_wave")),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_wave_frame")),
    )
    op.execute(
        "INSERT INTO wave_frame (wave_id, code_frame)"
        " SELECT wave_id, MAX(code_frame) FROM coding GROUP BY wave_id"
    )
    op.create_table(
        "quote",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("theme", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("released_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_quote_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_quote_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("comment_id", "theme", name=op.f("uq_quote_comment_id_theme")),
    )
    op.create_index(op.f("ix_quote_wave_id"), "quote", ["wave_id"])
    op.create_table(
        "learning",
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_learning_state")
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_learning_progress")),
        sa.PrimaryKeyConstraint("audience", name=op.f("pk_learning")),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("learning", "quote", "wave_frame", "code_frame"):
        op.drop_table(table)
    with op.batch_alter_table("theme_assignment") as assignment:
        assignment.drop_constraint(op.f("ck_theme_assignment_sentiment"), type_="check")
        assignment.drop_column("sentiment")
    with op.batch_alter_table("coding") as coding:
        coding.drop_constraint(op.f("ck_coding_people_read"), type_="check")
        coding.drop_constraint(op.f("ck_coding_reading"), type_="check")
        coding.drop_column("interest")
        coding.drop_column("reading")
