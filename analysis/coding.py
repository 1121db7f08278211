"""Which themes each comment carries, and who says so: the codings that stand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from analysis import frames
from analysis.corpus import CodeFrame, Seed
from analysis.frames import OTHER
from analysis.tables import CodingRow, ModelRunRow, ThemeAssignmentRow
from surveys import extract
from surveys.instrument import Text

AUDIENCES = ("citizen", "company", "course")
"""Whose comments there is a code frame for."""

Sight = Literal["shown", "blind", "second"]
"""How a person read: with the model's proposal, without it, or second, for agreement alone."""


@dataclass(frozen=True, slots=True)
class Coding:
    """What one coder read out of one comment. `coder` is a model's name or "person".

    `themes` are those of the frame that the wave is read with, and `frames.OTHER`; `mentions` says
    how each is spoken of.
    """

    comment: extract.Comment
    themes: Mapping[str, float]
    sentiment: str
    unsure: bool
    coder: str
    mentions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person says of a comment: themes with the mood each is spoken of in."""

    themes: Mapping[str, str]
    sentiment: str


def codings(session: Session, wave: extract.Wave) -> Sequence[Coding]:
    """The coding that stands for each comment of a wave; comments nobody has coded are left out."""
    read_with = frame(session, wave)
    written = {comment.id: comment for comment in comments(session, wave)}
    rows = session.execute(
        select(CodingRow, ModelRunRow.model)
        .outerjoin(ModelRunRow, ModelRunRow.id == CodingRow.model_run_id)
        .where(CodingRow.wave_id == wave.id, CodingRow.current)
        .order_by(CodingRow.comment_id)
    ).all()
    assigned = _assigned(session, wave)
    found = []
    for row, model in rows:
        if row.comment_id in written:
            themes = _in_frame(assigned[row.id], row.code_frame, read_with)
            found.append(
                Coding(
                    comment=written[row.comment_id],
                    themes={theme: probability for theme, (probability, _) in themes.items()},
                    sentiment=row.sentiment,
                    unsure=row.unsure,
                    coder=model or "person",
                    mentions={theme: mood or row.sentiment for theme, (_, mood) in themes.items()},
                )
            )
    return found


_Assigned = Mapping[str, tuple[float, str | None]]


def _assigned(session: Session, wave: extract.Wave) -> Mapping[int, _Assigned]:
    assigned: dict[int, dict[str, tuple[float, str | None]]] = defaultdict(dict)
    for row in session.scalars(
        select(ThemeAssignmentRow)
        .join(CodingRow, CodingRow.id == ThemeAssignmentRow.coding_id)
        .where(CodingRow.wave_id == wave.id, CodingRow.current)
    ):
        assigned[row.coding_id][row.theme] = (row.probability, row.sentiment)
    return assigned


def _in_frame(assigned: _Assigned, version: str, read_with: CodeFrame) -> _Assigned:
    """Assignments of one version in the themes of another that was made from it."""
    if version == read_with.version or not read_with.follows(version):
        return assigned
    found: dict[str, tuple[float, str | None]] = {}
    for theme, said in assigned.items():
        for code in {OTHER} & {theme} or read_with.translated({theme}, version):
            found[code] = max(said, found.get(code, said), key=lambda one: one[0])
    return found


def frame(session: Session, wave: extract.Wave) -> CodeFrame:
    """The code frame that the comments of a wave are read with."""
    return frames.of_wave(session, wave.id, wave.instrument.audience)


def open_items(wave: extract.Wave) -> list[str]:
    """The questions whose comments have themes: not the words for "Andet", which name an offer."""
    return [
        item.id
        for item in wave.instrument
        if isinstance(item.domain, Text) and item.companion_of is None
    ]


def comments(session: Session, wave: extract.Wave) -> list[extract.Comment]:
    """The comments of a wave that have themes."""
    have = open_items(wave)
    return [one for one in extract.comments(session, wave.id) if one.item in have]


def is_complete(session: Session, wave: extract.Wave) -> bool:
    """Whether every comment that is kept has been coded, by a model or a person."""
    coded = session.scalar(
        select(func.count(CodingRow.comment_id.distinct())).where(
            CodingRow.wave_id == wave.id, CodingRow.current
        )
    )
    return extract.written(session, wave.id, open_items(wave)) <= (coded or 0)


def record(
    session: Session,
    wave: extract.Wave,
    comment_id: str,
    judgement: Judgement,
    *,
    coder: str,
    sight: Sight,
) -> None:
    """Write a person's judgement down. It supersedes what stood, unless it is a second reading.

    Raises ValueError for a theme that the wave's code frame does not have.
    """
    read_with = frame(session, wave)
    unknown = set(judgement.themes) - {*read_with.codes, OTHER}
    if unknown:
        raise ValueError(f"{read_with.version} has no {', '.join(sorted(unknown))}.")
    frames.bind(session, wave.id, read_with)
    stands = sight != "second"
    if stands:
        session.execute(
            update(CodingRow).where(CodingRow.comment_id == comment_id).values(current=False)
        )
    row = CodingRow(
        comment_id=comment_id,
        wave_id=wave.id,
        code_frame=read_with.version,
        coder=coder,
        sentiment=judgement.sentiment,
        unsure=False,
        current=stands,
        reading=sight,
    )
    session.add(row)
    session.flush()
    if judgement.themes:
        session.execute(
            insert(ThemeAssignmentRow),
            [
                {"coding_id": row.id, "theme": theme, "probability": 1.0, "sentiment": mood}
                for theme, mood in judgement.themes.items()
            ],
        )


def coded_by_people(session: Session, read_with: CodeFrame) -> list[Seed]:
    """The comments that people have coded, with their themes in one version of the code frame.

    Codings in versions that this one was not made from are left out.
    """
    taught = []
    for wave in extract.waves(session):
        if wave.instrument.audience != read_with.audience:
            continue
        version = frame(session, wave).version
        if not read_with.follows(version):
            continue
        taught += [
            Seed(
                text=one.comment.body,
                question=one.comment.item,
                themes=tuple(sorted(read_with.translated(set(one.themes) - {OTHER}, version))),
                sentiment=one.sentiment,
                language=one.comment.language,
                author=one.comment.response,
            )
            for one in codings(session, wave)
            if one.coder == "person"
        ]
    return taught
