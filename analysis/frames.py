"""Code frames as people keep them: one in use per audience, the earlier ones, and a draft.

A draft is changed at will. Once in use, a version never changes: the next is made from it, and
every theme of the next says which themes it continues.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from analysis.corpus import CodeFrame, Theme, code_frame
from analysis.tables import CodeFrameRow, WaveFrameRow

OTHER = "other"
"""The fixed theme of a comment that says something which no theme of the frame covers. The other
fixed one, *Intet tema*, is the empty set: the comment says nothing that a theme could cover."""

OTHER_NAME = "Andet"
NO_THEME_NAME = "Intet tema"

MOST = 30
"""More themes than this nobody can keep apart; 10 to 20 is what coders manage well."""

_CODE = re.compile(r"[a-z0-9_]{1,40}")


class UnusableFrame(ValueError):
    """A code frame that cannot be coded with; `reasons` are sentences in Danish."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)


def versions(session: Session, audience: str) -> list[CodeFrame]:
    """All versions of an audience's frame that were ever in use, the first first."""
    found = [code_frame(audience)]
    for row in _rows(session, audience, ("earlier", "in_use")):
        found.append(_frame(row, found[-1]))
    return found


def in_use(session: Session, audience: str) -> CodeFrame:
    """The version that comments are read with now."""
    return versions(session, audience)[-1]


def of_version(session: Session, audience: str, version: str) -> CodeFrame:
    """One version; KeyError where the audience has no such one."""
    return {frame.version: frame for frame in versions(session, audience)}[version]


def draft(session: Session, audience: str) -> CodeFrame | None:
    """The version that somebody works on, if anybody does."""
    rows = _rows(session, audience, ("draft",))
    return _frame(rows[0], in_use(session, audience)) if rows else None


def begin_draft(session: Session, audience: str) -> CodeFrame:
    """The draft; a new one is the version in use, with every theme continuing itself."""
    present = draft(session, audience)
    if present is not None:
        return present
    base = in_use(session, audience)
    number = int(base.version.rpartition("-")[2]) + 1
    themes = tuple(replace(theme, continues=(theme.code,), words=()) for theme in base.themes)
    row = CodeFrameRow(audience=audience, number=number, state="draft", themes=_written(themes))
    session.add(row)
    session.flush()
    return _frame(row, base)


def save_draft(session: Session, audience: str, themes: Sequence[Theme]) -> CodeFrame:
    """Replace the draft's themes. Raises UnusableFrame."""
    base = begin_draft(session, audience)
    wrong = list(_wrong(themes, base))
    if wrong:
        raise UnusableFrame(wrong)
    session.execute(
        update(CodeFrameRow)
        .where(CodeFrameRow.audience == audience, CodeFrameRow.state == "draft")
        .values(themes=_written(themes))
    )
    return replace(base, themes=tuple(themes))


def drop_draft(session: Session, audience: str) -> None:
    """Give the draft up."""
    session.execute(
        delete(CodeFrameRow).where(CodeFrameRow.audience == audience, CodeFrameRow.state == "draft")
    )


def take_into_use(session: Session, audience: str) -> CodeFrame:
    """Read new waves with the draft from now on. Waves read with another version keep theirs."""
    frame = draft(session, audience)
    if frame is None:
        raise UnusableFrame(["Der er ingen kladde at tage i brug."])
    mine = CodeFrameRow.audience == audience
    session.execute(
        update(CodeFrameRow).where(mine, CodeFrameRow.state == "in_use").values(state="earlier")
    )
    session.execute(
        update(CodeFrameRow).where(mine, CodeFrameRow.state == "draft").values(state="in_use")
    )
    return frame


def of_wave(session: Session, wave_id: int, audience: str) -> CodeFrame:
    """The version that a wave's comments are read with: the one they were first read with."""
    bound = session.get(WaveFrameRow, wave_id)
    if bound is None:
        return in_use(session, audience)
    return of_version(session, audience, bound.code_frame)


def bind(session: Session, wave_id: int, frame: CodeFrame) -> None:
    """Read a wave with this version from now on."""
    session.merge(WaveFrameRow(wave_id=wave_id, code_frame=frame.version))
    session.flush()


def new_code(name: str, taken: Sequence[str]) -> str:
    """A code for a new theme, made from its name."""
    plain = name.casefold().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:30] or "tema"
    number = 1
    while (code := stem if number == 1 else f"{stem}_{number}") in {*taken, OTHER}:
        number += 1
    return code


def _wrong(themes: Sequence[Theme], base: CodeFrame) -> Sequence[str]:
    wrong = []
    if not 2 <= len(themes) <= MOST:
        wrong.append(f"En kodebog skal have mindst 2 og højst {MOST} temaer.")
    names = [theme.name.strip().casefold() for theme in themes]
    if not all(names):
        wrong.append("Hvert tema skal have et navn.")
    twice = {name for name in names if name and names.count(name) > 1}
    wrong += [f"To temaer hedder det samme: {name}." for name in sorted(twice)]
    fixed = {OTHER_NAME.casefold(), NO_THEME_NAME.casefold()} & set(names)
    wrong += [f"{name.capitalize()} findes i forvejen og er fast." for name in sorted(fixed)]
    wrong += [
        f"{theme.name or theme.code} mangler en definition."
        for theme in themes
        if not theme.definition.strip()
    ]
    codes = [theme.code for theme in themes]
    if len(set(codes)) < len(codes) or not all(_CODE.fullmatch(code) for code in codes):
        wrong.append("To temaer har samme kode, eller en kode kan ikke bruges.")
    before = set(base.earlier.codes if base.earlier else ())
    if any(set(theme.continues) - before for theme in themes):
        wrong.append("Et tema kan kun føre temaer fra den nuværende kodebog videre.")
    return wrong


def _rows(session: Session, audience: str, states: Sequence[str]) -> Sequence[CodeFrameRow]:
    return session.scalars(
        select(CodeFrameRow)
        .where(CodeFrameRow.audience == audience, CodeFrameRow.state.in_(states))
        .order_by(CodeFrameRow.number)
    ).all()


def _frame(row: CodeFrameRow, earlier: CodeFrame) -> CodeFrame:
    themes = (
        Theme(
            one["code"],
            one["name"],
            one["definition"],
            tuple(one["continues"]),
            tuple(one["words"]),
        )
        for one in json.loads(row.themes)
    )
    return CodeFrame(row.audience, f"{row.audience}-{row.number}", tuple(themes), earlier)


def _written(themes: Sequence[Theme]) -> str:
    return json.dumps([asdict(theme) for theme in themes], ensure_ascii=False)
