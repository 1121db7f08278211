"""Instruments while staff write them: begun, copied, saved without overwriting, published.

A draft may be full of defects. Everything flushes and nothing commits; the caller owns the
transaction.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from surveys import definition, fieldwork
from surveys.editing import Fields, blank, fields_of, numbered
from surveys.editing_tables import InstrumentDraftRow
from surveys.errors import DraftOvertaken, InvalidDefinition, NameTaken, UnknownSurvey
from surveys.tables import InstrumentVersionRow


@dataclass(frozen=True, slots=True)
class Draft:
    """The next version of an instrument. `revision` counts the times it was saved."""

    name: str
    fields: Fields
    revision: int
    edited_by: str
    edited_at: datetime

    @property
    def document(self) -> str:
        """The draft as a document (JSON is YAML), with whatever defects it has."""
        return json.dumps(self.fields, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One instrument in the list: its newest version, and its draft where there is one."""

    name: str
    title: str
    version: int | None
    ships: bool
    draft: Draft | None


@cache
def standard_scales() -> Fields:
    """The scales of the instruments that ship, by name, in all their languages."""
    return {
        name: points
        for instrument in definition.catalogue()
        for name, points in fields_of(definition.shipped(instrument))["scales"].items()
    }


def entries(session: Session) -> Sequence[Entry]:
    """All instruments by name: those that ship, those published here, and drafts."""
    published = set(session.scalars(select(InstrumentVersionRow.name).distinct()))
    drafts = {row.name: _draft(row) for row in session.scalars(select(InstrumentDraftRow))}
    catalogue = definition.catalogue()
    found = []
    for name in sorted({*published, *drafts, *catalogue}):
        draft = drafts.get(name)
        if name in published or name in catalogue:
            instrument = definition.read(newest(session, name))
            found.append(
                Entry(name, instrument.title.source, instrument.version, name in catalogue, draft)
            )
        elif draft is not None:
            title = draft.fields.get("title", {}).get("da", "")
            found.append(Entry(name, title or name, None, ships=False, draft=draft))
    return found


def newest(session: Session, name: str) -> str:
    """The newest version of an instrument, published here or shipped. Raises UnknownSurvey."""
    row = session.execute(
        select(InstrumentVersionRow.version, InstrumentVersionRow.document)
        .where(InstrumentVersionRow.name == name)
        .order_by(InstrumentVersionRow.version.desc())
        .limit(1)
    ).one_or_none()
    ships = definition.catalogue().get(name)
    if ships is not None and (row is None or row.version < ships.version):
        return definition.shipped(name)
    if row is None:
        raise UnknownSurvey(name, sorted(definition.catalogue()))
    return str(row.document)


def versions(session: Session, name: str) -> Sequence[int]:
    """The numbers of the versions published here, oldest first."""
    found = select(InstrumentVersionRow.version).where(InstrumentVersionRow.name == name)
    return session.scalars(found.order_by(InstrumentVersionRow.version)).all()


def find(session: Session, name: str) -> Draft | None:
    """The draft of an instrument."""
    row = session.get(InstrumentDraftRow, name)
    return _draft(row) if row is not None else None


def begin(session: Session, name: str, by: str, now: datetime) -> Draft:
    """Go on with the draft of an instrument, or begin one from its newest version."""
    known = find(session, name)
    if known is not None:
        return known
    fields = fields_of(newest(session, name))
    return _added(session, numbered(fields, name, int(fields["version"]) + 1), by, now)


def create(
    session: Session, name: str, title: str, by: str, now: datetime, *, source: str | None = None
) -> Draft:
    """Begin an instrument of a new name, empty or as a copy of another one. Raises NameTaken."""
    if any(entry.name == name for entry in entries(session)):
        raise NameTaken(name)
    fields = blank() if source is None else fields_of(newest(session, source))
    fields = numbered(fields, name, 1) | {"title": {**fields["title"], "da": title}}
    fields.pop("comparable_with", None)
    return _added(session, fields, by, now)


def receive(session: Session, document: str, by: str, now: datetime) -> Draft:
    """Begin a draft from a document that came from elsewhere. Raises NameTaken."""
    fields = fields_of(document)
    name = str(fields["name"])
    if find(session, name) is not None:
        raise NameTaken(name)
    try:
        version = int(fields_of(newest(session, name))["version"]) + 1
    except UnknownSurvey:
        version = 1
    return _added(session, numbered(fields, name, version), by, now)


def save(
    session: Session, name: str, fields: Fields, revision: int, by: str, now: datetime
) -> Draft:
    """Keep a draft that was read at `revision`.

    Raises DraftOvertaken, and changes nothing, when somebody else has saved it since. At revision
    0 it is a draft that is there no more, and begins again.
    """
    if revision == 0 and session.get(InstrumentDraftRow, name) is None:
        try:
            version = int(fields_of(newest(session, name))["version"]) + 1
        except UnknownSurvey:
            version = 1
        return _added(session, numbered(fields, name, version), by, now)
    changed = session.scalar(
        update(InstrumentDraftRow)
        .where(InstrumentDraftRow.name == name, InstrumentDraftRow.revision == revision)
        .values(
            document=json.dumps(fields, ensure_ascii=False),
            revision=revision + 1,
            edited_by=by,
            edited_at=now,
        )
        .returning(InstrumentDraftRow.name)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise DraftOvertaken(name)
    return Draft(name, fields, revision + 1, by, now)


def discard(session: Session, name: str, revision: int) -> None:
    """Throw a draft away. Raises DraftOvertaken when it is not the one that was read."""
    gone = session.scalar(
        delete(InstrumentDraftRow)
        .where(InstrumentDraftRow.name == name, InstrumentDraftRow.revision == revision)
        .returning(InstrumentDraftRow.name)
        .execution_options(synchronize_session=False)
    )
    if gone is None:
        raise DraftOvertaken(name)


def publish(session: Session, name: str, revision: int) -> int:
    """Make a draft without a defect the newest version, for good. Gives the version's number.

    Raises InvalidDefinition with the defects, or DraftOvertaken.
    """
    draft = find(session, name)
    if draft is None or draft.revision != revision:
        raise DraftOvertaken(name)
    defects = definition.defects(draft.document)
    if defects:
        raise InvalidDefinition(defects)
    version = int(draft.fields["version"])
    try:
        newer = int(fields_of(newest(session, name))["version"]) >= version
    except UnknownSurvey:
        newer = False
    if newer:
        raise DraftOvertaken(name)
    fieldwork.publish(session, definition.tidied(draft.document))
    discard(session, name, revision)
    return version


def _added(session: Session, fields: Fields, by: str, now: datetime) -> Draft:
    row = InstrumentDraftRow(
        name=str(fields["name"]),
        document=json.dumps(fields, ensure_ascii=False),
        revision=1,
        edited_by=by,
        edited_at=now,
    )
    session.add(row)
    session.flush()
    return _draft(row)


def _draft(row: InstrumentDraftRow) -> Draft:
    return Draft(row.name, json.loads(row.document), row.revision, row.edited_by, row.edited_at)
