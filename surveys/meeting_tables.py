"""The mapped classes of meetings that were held: who waits to be asked, which teams take part."""

from sqlalchemy import CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base
from surveys.fieldwork_tables import CHANNELS

STATES = ("waiting", "invited", "asked_before", "team_off", "opted_out", "too_late")
KINDS = ("in_person", "phone", "video")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class MeetingRow(Base):
    """A meeting that was held, by a hash of the key of its event.

    Who it was with stands here only while the person waits to be asked. No day and no time.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint(_one_of("state", STATES), "state"),
        CheckConstraint(_one_of("kind", KINDS), "kind"),
        CheckConstraint(_one_of("channel", CHANNELS), "channel"),
        CheckConstraint(
            "(state = 'waiting') = (reference IS NOT NULL)"
            " AND (reference IS NOT NULL OR (email IS NULL AND phone IS NULL))",
            "forgotten_when_settled",
        ),
        {"sqlite_with_rowid": False},
    )
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    week: Mapped[str] = mapped_column(String(8))
    team: Mapped[str | None] = mapped_column(String(60))
    unit: Mapped[str | None] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str | None] = mapped_column(String(60))
    channel: Mapped[str | None] = mapped_column(String(12))
    language: Mapped[str | None] = mapped_column(String(8))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))


class MeetingTeamRow(Base):
    """A team whose meetings are followed up, from a week on."""

    __tablename__ = "meeting_team"
    team: Mapped[str] = mapped_column(String(60), primary_key=True)
    from_week: Mapped[str] = mapped_column(String(8))
