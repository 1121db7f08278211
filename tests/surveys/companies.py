"""Companies that nobody has: their numbers begin with 99, which no register gives out."""

from typing import Final

from stdnum.dk import cvr

from surveys import companies, fieldwork
from surveys.companies import Company
from surveys.database import Database
from tests.conftest import Clock

MADE_UP: Final = tuple(
    str(number) for number in range(99_000_001, 99_000_400) if cvr.is_valid(str(number))
)


def wave_of_companies(
    database: Database, clock: Clock, secret: str, n: int, *, anonymity: str = "confidential"
) -> int:
    """A round that asks n companies. Gives its id."""
    with database.transaction() as session:
        wave_id = fieldwork.open_wave(
            session, "virksomhedsinddragelse", "2026", opens_at=clock(), anonymity=anonymity
        )
        asked = [
            Company(number, f"Eksempel {place}", phone=f"+454810{place:04}")
            for place, number in enumerate(MADE_UP[:n])
        ]
        companies.take(session, wave_id, asked, secret, clock())
    return wave_id
