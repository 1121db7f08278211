"""The mapped classes. Promises that the database can hold are named constraints here.

Only `surveys` and the migrations may import this: channels go through the doors, analysis
through `extract`.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment

Id = BigInteger().with_variant(Integer, "sqlite")

ANONYMITY = ("anonymous", "confidential", "identified")
MODES = ("web", "chat", "telegram", "kiosk", "paper", "interview")
WAITING, DONE, ASIDE = "waiting", "done", "aside"
MISSING = ("skipped", "refused", "dont_know", "not_applicable", "not_reached")


KEY_LENGTH = 32
_KEY = f"caseworker IS NULL OR length(caseworker) BETWEEN 1 AND {KEY_LENGTH}"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class SurveyRow(Base):
    """A survey: what is asked again and again under one name (study unit).

    `telegram` says whether it may be answered there, where the installation has a bot.
    """

    __tablename__ = "survey"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    telegram: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())


class InstrumentVersionRow(Base):
    """One version of an instrument, never changed once it is here."""

    __tablename__ = "instrument_version"
    __table_args__ = (UniqueConstraint("name", "version"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    document: Mapped[str] = mapped_column(Text)


class WaveRow(Base):
    """One round of fieldwork (collection event): one instrument version, opened and closed.

    A trigger keeps `anonymity` as it is from the first invitation on. `erased` counts the answers
    that their respondents took back.
    """

    __tablename__ = "wave"
    __table_args__ = (
        UniqueConstraint("survey_id", "label"),
        CheckConstraint(_one_of("anonymity", ANONYMITY), "anonymity"),
        CheckConstraint("invited IS NULL OR invited >= 0", "invited"),
        CheckConstraint("target IS NULL OR target BETWEEN 0 AND 1", "target"),
        CheckConstraint("closes_at IS NULL OR closes_at >= opens_at", "closes_after_it_opens"),
        CheckConstraint("erased >= 0", "erased"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    instrument_version_id: Mapped[int] = mapped_column(ForeignKey("instrument_version.id"))
    label: Mapped[str] = mapped_column(String(60))
    anonymity: Mapped[str] = mapped_column(String(12))
    opens_at: Mapped[datetime] = mapped_column(Moment)
    closes_at: Mapped[datetime | None] = mapped_column(Moment)
    invited: Mapped[int | None] = mapped_column(Integer)
    target: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    synthetic: Mapped[bool] = mapped_column(Boolean, default=False)
    erased: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class LinkRow(Base):
    """An open link: one code for a unit, a course run or a poster. Anybody who has it may answer.

    The code is no secret (it hangs on a wall), so it is kept in clear and can be printed again.
    `caseworker` is a random key that stands for the caseworker whose meetings are asked about.
    """

    __tablename__ = "link"
    __table_args__ = (CheckConstraint(_KEY, "caseworker"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    unit: Mapped[str | None] = mapped_column(String(60))
    course: Mapped[str | None] = mapped_column(String(60))
    caseworker: Mapped[str | None] = mapped_column(String(KEY_LENGTH))
    withdrawn: Mapped[bool] = mapped_column(Boolean, default=False)


class InvitationRow(Base):
    """The right to answer once (sample unit).

    A personal invitation is written when it is issued; one behind an open link when it is spent.
    There is no time on it: the order of answers is nobody's business. `refused` (no thank you) and
    `undeliverable` still let the person answer; `withdrawn` does not.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(_KEY, "caseworker"),
        Index("ix_invitation_wave_id_spent", "wave_id", "spent"),
        {"sqlite_with_rowid": False},
    )
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    personal: Mapped[bool] = mapped_column(Boolean)
    spent: Mapped[bool] = mapped_column(Boolean)
    withdrawn: Mapped[bool] = mapped_column(Boolean, default=False)
    refused: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    undeliverable: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    unit: Mapped[str | None] = mapped_column(String(60))
    course: Mapped[str | None] = mapped_column(String(60))
    caseworker: Mapped[str | None] = mapped_column(String(KEY_LENGTH))


class DraftRow(Base):
    """An open interview, under a hash of its ballot or of its chat.

    `spends` names the invitation to burn where the channel cannot keep the ballot itself (a
    messaging app); on the web it is NULL, so that an open draft cannot be joined to an invitation.
    """

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint(_one_of("mode", MODES), "mode"),
        {"sqlite_with_rowid": False},
    )
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    instrument_version_id: Mapped[int] = mapped_column(ForeignKey("instrument_version.id"))
    mode: Mapped[str] = mapped_column(String(10))
    spends: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    unit: Mapped[str | None] = mapped_column(String(60))
    course: Mapped[str | None] = mapped_column(String(60))
    caseworker: Mapped[str | None] = mapped_column(String(KEY_LENGTH))
    personal: Mapped[bool] = mapped_column(Boolean)
    language: Mapped[str] = mapped_column(String(8))
    answers: Mapped[str] = mapped_column(Text)
    revisiting: Mapped[str | None] = mapped_column(String(80))
    ticked: Mapped[str | None] = mapped_column(Text)
    touched_week: Mapped[str] = mapped_column(String(8))


class BallotInboxRow(Base):
    """A finished answer on its way to the mixer: random id, wave and answers. Nothing else."""

    __tablename__ = "ballot_inbox"
    __table_args__ = ({"sqlite_with_rowid": False},)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    payload: Mapped[str] = mapped_column(Text)


CELL_INDEX = ("wave_id", "mode", "unit", "course", "language", "week", "caseworker")
"""All that a response carries, in the order in which it is found."""


class ResponseRow(Base):
    """One mixed answer (unit response): no time finer than the week, no address, agent or order.

    `invitation` is the token hash of the personal invitation that it answers, until the people
    asked are deleted. A trigger lets no response of an anonymous wave have one.
    """

    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint(_one_of("mode", MODES), "mode"),
        Index(
            "uq_response_invitation",
            "invitation",
            unique=True,
            sqlite_where=text("invitation IS NOT NULL"),
            postgresql_where=text("invitation IS NOT NULL"),
        ),
        Index(
            "ix_response_wave_id_cell",
            *CELL_INDEX,
        ),
        {"sqlite_with_rowid": False},
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    mode: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(8))
    week: Mapped[str] = mapped_column(String(8))
    unit: Mapped[str | None] = mapped_column(String(60))
    course: Mapped[str | None] = mapped_column(String(60))
    caseworker: Mapped[str | None] = mapped_column(String(KEY_LENGTH))
    invitation: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    receipt_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)


class ErasureRow(Base):
    """That an answer was taken back, for whoever keeps account of the figures that held it.

    `carried` is what the answer carried, and `answered` the items that it answered, never how.
    Both are NULL for an answer that had not been mixed, and was in no figure. A row lives until
    the account has taken it in: see `retention.erasures`.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        CheckConstraint("(carried IS NULL) = (answered IS NULL)", "whole"),
        {"sqlite_with_rowid": False},
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    carried: Mapped[str | None] = mapped_column(Text)
    answered: Mapped[str | None] = mapped_column(Text)


class AnswerRow(Base):
    """One answer to one item (item response): a value or the reason for none, never both.

    A multiple choice has one row per chosen category, numbered by `place`.
    """

    __tablename__ = "answer"
    __table_args__ = (
        CheckConstraint(
            " + ".join(
                f"(CASE WHEN {column} IS NULL THEN 0 ELSE 1 END)"
                for column in ("code", "number", "day", "comment_id", "missing")
            )
            + " = 1",
            "value_or_missing",
        ),
        CheckConstraint(f"missing IS NULL OR {_one_of('missing', MISSING)}", "missing"),
        Index("ix_answer_item_code_missing", "item", "code", "missing"),
        {"sqlite_with_rowid": False},
    )
    response_id: Mapped[str] = mapped_column(
        ForeignKey("response.id", ondelete="CASCADE"), primary_key=True
    )
    item: Mapped[str] = mapped_column(String(80), primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True, default=0)
    code: Mapped[str | None] = mapped_column(String(32))
    number: Mapped[Decimal | None] = mapped_column(Numeric(20, 6))
    day: Mapped[date | None]
    comment_id: Mapped[str | None] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), index=True
    )
    missing: Mapped[str | None] = mapped_column(String(16))


class CommentRow(Base):
    """What a respondent wrote (verbatim), already masked. `body` goes at the retention date."""

    __tablename__ = "comment"
    __table_args__ = (
        Index("ix_comment_wave_id_item", "wave_id", "item"),
        {"sqlite_with_rowid": False},
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    item: Mapped[str] = mapped_column(String(80))
    body: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))


class UpdateRow(Base):
    """An update as it came. The unique number makes a second delivery nothing.

    `sealed` goes in the transaction that handles it; what was put aside keeps it until it is
    purged, for whoever has to find out why.
    """

    __tablename__ = "bot_inbox"
    __table_args__ = (
        CheckConstraint(f"state IN ('{WAITING}', '{DONE}', '{ASIDE}')", "state"),
        Index("ix_bot_inbox_state_id", "state", "id"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    received_at: Mapped[datetime] = mapped_column(Moment)


class PollRow(Base):
    """When a messaging service last gave an answer: one row, for the watchdog and for `/readyz`."""

    __tablename__ = "bot_poll"
    __table_args__ = (CheckConstraint("id = 1", "one_row"),)
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    good_at: Mapped[datetime] = mapped_column(Moment)
