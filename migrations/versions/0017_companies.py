"""Companies that are called, what they approve, and the panel of companies."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIMES = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "company",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=120), nullable=True),
        sa.Column("best_from", sa.Time(), nullable=True),
        sa.Column("best_to", sa.Time(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", TIMES, nullable=True),
        sa.Column("consented", sa.Boolean(), nullable=False),
        sa.Column("jotted", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)", name=op.f("ck_company_claim")
        ),
        sa.CheckConstraint(
            "(best_from IS NULL) = (best_to IS NULL)", name=op.f("ck_company_best_time")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["frame_member.id"],
            name=op.f("fk_company_member_id_frame_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_company")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "call_attempt",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("tried_at", TIMES, nullable=False),
        sa.Column("tried_by", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("next_at", TIMES, nullable=True),
        sa.CheckConstraint(
            "outcome IN ('interviewed', 'partial', 'call_again', 'no_answer', 'refused',"
            " 'wrong_number', 'ineligible')",
            name=op.f("ck_call_attempt_outcome"),
        ),
        sa.CheckConstraint(
            "outcome <> 'call_again' OR next_at IS NOT NULL",
            name=op.f("ck_call_attempt_call_again_when"),
        ),
        sa.CheckConstraint(
            "next_at IS NULL OR outcome IN ('call_again', 'no_answer')",
            name=op.f("ck_call_attempt_next_while_waiting"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["company.member_id"],
            name=op.f("fk_call_attempt_member_id_company"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_attempt")),
    )
    op.create_index(op.f("ix_call_attempt_member_id"), "call_attempt", ["member_id"])
    op.create_table(
        "receipt_link",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("expires_at", TIMES, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["company.member_id"],
            name=op.f("fk_receipt_link_member_id_company"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_receipt_link")),
        sa.UniqueConstraint("member_id", name=op.f("uq_receipt_link_member_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quote_verdict",
        sa.Column("quote_id", BIG, nullable=False, autoincrement=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "verdict IN ('yes', 'no', 'reworded')", name=op.f("ck_quote_verdict_verdict")
        ),
        sa.CheckConstraint(
            "(verdict = 'reworded') = (body IS NOT NULL)", name=op.f("ck_quote_verdict_reworded")
        ),
        sa.ForeignKeyConstraint(
            ["quote_id"],
            ["quote.id"],
            name=op.f("fk_quote_verdict_quote_id_quote"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_quote_verdict")),
    )
    op.create_table(
        "panel_member",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("cvr", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=120), nullable=True),
        sa.Column("role", sa.String(length=60), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("most_a_year", sa.SmallInteger(), nullable=False),
        sa.Column("consented_on", sa.Date(), nullable=False),
        sa.Column("consent_version", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "email IS NOT NULL OR phone IS NOT NULL", name=op.f("ck_panel_member_email_or_phone")
        ),
        sa.CheckConstraint(
            "most_a_year BETWEEN 1 AND 12", name=op.f("ck_panel_member_most_a_year")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_member")),
        sa.UniqueConstraint("cvr", name=op.f("uq_panel_member_cvr")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "panel_draw",
        sa.Column("id", BIG, nullable=False),
        sa.Column("wave_id", BIG, nullable=False),
        sa.Column("drawn_at", TIMES, nullable=False),
        sa.Column("drawn_by", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=True),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken BETWEEN 1 AND eligible", name=op.f("ck_panel_draw_taken")),
        sa.CheckConstraint("wanted IS NULL OR wanted >= taken", name=op.f("ck_panel_draw_wanted")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_panel_draw_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_draw")),
    )
    op.create_index(op.f("ix_panel_draw_wave_id"), "panel_draw", ["wave_id"])
    op.create_table(
        "panel_asking",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("wave_id", BIG, nullable=False),
        sa.Column("frame_member_id", sa.String(length=32), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["panel_member.id"],
            name=op.f("fk_panel_asking_member_id_panel_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_panel_asking_wave_id_wave")
        ),
        sa.PrimaryKeyConstraint("member_id", "wave_id", name=op.f("pk_panel_asking")),
        sa.UniqueConstraint("frame_member_id", name=op.f("uq_panel_asking_frame_member_id")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take back."""
    for table in (
        "panel_asking",
        "panel_draw",
        "panel_member",
        "quote_verdict",
        "receipt_link",
        "call_attempt",
        "company",
    ):
        op.drop_table(table)
