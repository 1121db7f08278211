"""The themes of one wave, counted in persons, with nothing about the few."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy.orm import Session

from analysis import coding, quotes, verdicts
from analysis.disclosure import MINIMUM, MINIMUM_FOR_DETAIL
from analysis.frames import OTHER
from surveys import extract


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """One theme: the respondents whose comments carry it, and how those comments speak.

    How they speak, and quotes, are left out (None, empty) for few respondents. A person has
    released every quote.
    """

    code: str
    name: str
    n: int
    positive: int | None
    negative: int | None
    mixed: int | None
    neutral: int | None
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThemeTable:
    """What the comments are about. Rows with fewer than the minimum of respondents are left out.

    `coders` names the models and says "person" where people decided; `unsure` counts comments
    that the model wants a person to look at; `suppressed` says that there are too few comments.
    `other` counts respondents who write of something that no theme covers, `untold` those none of
    whose comments carries anything; None for few of them, and `untold` also for few of the others.
    """

    code_frame: str
    coders: tuple[str, ...]
    comments: int | None
    unsure: int | None
    rows: tuple[ThemeRow, ...]
    suppressed: bool
    other: int | None = None
    untold: int | None = None


def read(session: Session, wave: extract.Wave) -> ThemeTable:
    """Count the themes of a wave's comments as they are coded now."""
    frame = coding.frame(session, wave)
    coded = coding.codings(session, wave)
    released = quotes.released(session, wave)
    people = {one.comment.response for one in coded}
    other = {one.comment.response for one in coded if OTHER in one.themes}
    untold = people - {one.comment.response for one in coded if one.themes}
    suppressed = len(people) < MINIMUM_FOR_DETAIL
    # Whoever said it has said yes to it
    agreed = verdicts.are_needed(wave)
    rows = []
    for theme in frame.themes:
        carrying = [one for one in coded if theme.code in one.themes]
        respondents = len({one.comment.response for one in carrying})
        if suppressed or respondents < MINIMUM:
            continue
        detailed = respondents >= MINIMUM_FOR_DETAIL
        speaks = Counter(one.mentions[theme.code] for one in carrying)
        rows.append(
            ThemeRow(
                code=theme.code,
                name=theme.name,
                n=respondents,
                positive=speaks["positive"] if detailed else None,
                negative=speaks["negative"] if detailed else None,
                mixed=speaks["mixed"] if detailed else None,
                neutral=speaks["neutral"] if detailed else None,
                quotes=tuple(released.get(theme.code, ())) if detailed or agreed else (),
            )
        )
    rows.sort(key=lambda row: (-row.n, row.code))
    return ThemeTable(
        code_frame=frame.version,
        coders=tuple(sorted({one.coder for one in coded})),
        comments=None if suppressed else len(coded),
        unsure=None if suppressed else sum(one.unsure for one in coded),
        rows=tuple(rows),
        suppressed=suppressed,
        other=None if suppressed else _if_enough(len(other)),
        untold=None if suppressed else _if_enough(len(untold), len(people)),
    )


def _if_enough(n: int, of: int | None = None) -> int | None:
    """A count of people; None for few, and where what is left of a known whole is few."""
    return None if n < MINIMUM or (of is not None and 0 < of - n < MINIMUM) else n
