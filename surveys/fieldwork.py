"""The staff side of a survey: instruments published, waves opened and closed, people invited.

Everything flushes and nothing commits; the caller owns the transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import ColumnElement, Executable, bindparam, func, literal, select
from sqlalchemy.orm import Session

from surveys import ballot, definition, keys
from surveys.errors import (
    AlreadyAnswered,
    AnonymityFixed,
    FrameOrLink,
    LinkWithdrawn,
    UnknownCode,
    UnknownSurvey,
    WaveClosed,
    WaveExists,
    WaveNotOpen,
)
from surveys.fieldwork_tables import FrameMemberRow
from surveys.instrument import Instrument
from surveys.schedule import is_over
from surveys.tables import (
    InstrumentVersionRow,
    InvitationRow,
    LinkRow,
    SurveyRow,
    WaveRow,
)


@dataclass(frozen=True, slots=True)
class Admission:
    """What a code opens: one wave of one survey, and the unit or course that travels with the code.

    `caseworker` is the key of the caseworker whose meetings it asks about, None for none.
    `personal` says that the code is an invitation that can be spent once; an open link admits any
    number of people, one ballot each. `telegram` says that it may be answered there. `declined`
    says that the holder has said no thank you, which keeps nobody from answering.
    """

    survey: str
    wave_id: int
    instrument_version_id: int
    instrument: Instrument
    anonymity: str
    unit: str | None
    course: str | None
    personal: bool
    telegram: bool
    declined: bool = False
    caseworker: str | None = None


def admit(session: Session, code: str, now: datetime) -> Admission:
    """Find what a link, a short code or an invitation opens at this moment.

    Raises UnknownCode, WaveNotOpen, WaveClosed, LinkWithdrawn or AlreadyAnswered.
    """
    short = keys.heard(code)
    if short is not None:
        held = session.execute(_BY_LINK, {"code": short}).one_or_none()
    else:
        held = session.execute(_BY_INVITATION, {"token": keys.spend_hash(code)}).one_or_none()
    if held is None:
        raise UnknownCode
    if held.withdrawn:
        raise LinkWithdrawn
    if held.spent:
        raise AlreadyAnswered
    if now < held.opens_at:
        raise WaveNotOpen(held.opens_at)
    if is_over(held.closes_at, now):
        raise WaveClosed
    return Admission(
        survey=held.name,
        wave_id=held.wave_id,
        instrument_version_id=held.instrument_version_id,
        instrument=_read(held.document),
        anonymity=held.anonymity,
        unit=held.unit,
        course=held.course,
        personal=short is None,
        telegram=held.telegram,
        declined=held.refused,
        caseworker=held.caseworker,
    )


def version_invited(session: Session, token: str) -> int:
    """The version of the instrument that an invitation asks, whatever became of it.

    Raises UnknownCode.
    """
    version = session.scalar(
        select(WaveRow.instrument_version_id)
        .join(InvitationRow, InvitationRow.wave_id == WaveRow.id)
        .where(InvitationRow.token_hash == keys.spend_hash(token), InvitationRow.personal)
    )
    if version is None:
        raise UnknownCode
    return version


def _opened_by(
    holder: type[LinkRow | InvitationRow], key: ColumnElement[bool], *more: ColumnElement[bool]
) -> Executable:
    """Everything that a code leads to, in one statement that is put together once."""
    return (
        select(
            holder.withdrawn,
            holder.unit,
            holder.course,
            holder.caseworker,
            holder.wave_id,
            *more,
            WaveRow.opens_at,
            WaveRow.closes_at,
            WaveRow.anonymity,
            WaveRow.instrument_version_id,
            SurveyRow.name,
            SurveyRow.telegram,
            InstrumentVersionRow.document,
        )
        .join(WaveRow, WaveRow.id == holder.wave_id)
        .join(SurveyRow, SurveyRow.id == WaveRow.survey_id)
        .join(InstrumentVersionRow, InstrumentVersionRow.id == WaveRow.instrument_version_id)
        .where(key)
    )


_BY_LINK: Final = _opened_by(
    LinkRow,
    LinkRow.code == bindparam("code"),
    literal(False).label("spent"),
    literal(False).label("refused"),
)
_BY_INVITATION: Final = _opened_by(
    InvitationRow,
    InvitationRow.token_hash == bindparam("token"),
    InvitationRow.spent.expression,
    InvitationRow.refused.expression,
)


def recognised(session: Session, typed: str, secret: str) -> str:
    """The code or token behind what somebody typed or followed, however a code is spelled.

    A person's own short code stands for the token of their invitation; an open link's for itself.
    What is neither is given back as it came.
    """
    short = keys.heard(typed)
    if short is None:
        return typed
    if session.scalar(select(LinkRow.id).where(LinkRow.code == short)) is None:
        token = keys.token_of(secret, short)
        if session.get(InvitationRow, keys.spend_hash(token)) is not None:
            return token
    return short


def instrument_version(session: Session, version_id: int) -> Instrument:
    """One version of an instrument. Versions never change, so they are read once per process."""
    return _read(session.execute(_DOCUMENT, {"id": version_id}).scalar_one())


_DOCUMENT: Final = select(InstrumentVersionRow.document).where(
    InstrumentVersionRow.id == bindparam("id")
)


def publish(session: Session, document: str) -> int:
    """Keep a version of an instrument; the same name and version is kept once. Gives its id.

    Raises InvalidDefinition.
    """
    instrument = _read(document)
    known = session.scalars(
        select(InstrumentVersionRow.id).where(
            InstrumentVersionRow.name == instrument.name,
            InstrumentVersionRow.version == instrument.version,
        )
    ).one_or_none()
    if known is not None:
        return known
    row = InstrumentVersionRow(name=instrument.name, version=instrument.version, document=document)
    session.add(row)
    session.flush()
    return row.id


def newest_version(session: Session, survey: str) -> int:
    """The id of the newest published version of a survey's instrument. Raises UnknownSurvey."""
    published = (
        select(InstrumentVersionRow.id)
        .where(InstrumentVersionRow.name == survey)
        .order_by(InstrumentVersionRow.version.desc())
        .limit(1)
    )
    if survey in definition.catalogue():
        publish(session, definition.shipped(survey))
    found = session.scalars(published).one_or_none()
    if found is None:
        raise UnknownSurvey(survey, sorted(definition.catalogue()))
    return found


def askable(session: Session, language: str) -> Mapping[str, str]:
    """Every instrument that a wave can be opened with, by name, with its title."""
    found = {name: one.title(language) for name, one in definition.catalogue().items()}
    published = session.execute(
        select(InstrumentVersionRow.name, InstrumentVersionRow.document).order_by(
            InstrumentVersionRow.version
        )
    )
    return found | {name: _read(document).title(language) for name, document in published}


def survey_named(session: Session, survey: str) -> int:
    """The id of the survey of a name; it is made when it is not there."""
    known = session.scalars(select(SurveyRow.id).where(SurveyRow.name == survey)).one_or_none()
    if known is not None:
        return known
    row = SurveyRow(name=survey)
    session.add(row)
    session.flush()
    return row.id


def open_wave(
    session: Session,
    survey: str,
    label: str,
    *,
    opens_at: datetime,
    closes_at: datetime | None = None,
    anonymity: str | None = None,
    invited: int | None = None,
    target: float | None = None,
    synthetic: bool = False,
) -> int:
    """Begin a wave of a survey with the newest published version of its instrument.

    The wave stays on that version; one that is published later is for the next wave. The survey is
    made when it is the first wave. `invited` is the size of the sampling frame, None for an open
    link. Nobody is promised `anonymity` that is not asked for where companies answer: so few can be
    told by what they say. Raises UnknownSurvey or WaveExists.
    """
    version_id = newest_version(session, survey)
    survey_id = survey_named(session, survey)
    if session.scalar(
        select(WaveRow.id).where(WaveRow.survey_id == survey_id, WaveRow.label == label)
    ):
        raise WaveExists(f"{survey} has a wave called {label} already.")
    wave = WaveRow(
        survey_id=survey_id,
        instrument_version_id=version_id,
        label=label,
        anonymity=anonymity or usual_promise(instrument_version(session, version_id)),
        opens_at=opens_at,
        closes_at=closes_at,
        invited=invited,
        target=target,
        synthetic=synthetic,
    )
    session.add(wave)
    session.flush()
    return wave.id


def usual_promise(instrument: Instrument) -> str:
    """What those who answer are promised unless staff decide otherwise."""
    return "confidential" if instrument.audience == "company" else "anonymous"


def close_wave(session: Session, survey: str, now: datetime, label: str | None = None) -> int:
    """Close the open wave of a survey and mix what is still in its inbox. Gives the wave's id.

    Raises UnknownSurvey, or WaveClosed when no wave is open.
    """
    wave = _open(session, survey, now, label)
    wave.closes_at = now
    session.flush()
    ballot.mix(session, wave.id, closing=True)
    return wave.id


def promise(session: Session, wave_id: int, anonymity: str) -> None:
    """Decide the anonymity of a wave. Raises AnonymityFixed once somebody is invited to it.

    The database says so too.
    """
    # Whoever invites takes the same lock
    wave = session.scalars(
        select(WaveRow)
        .where(WaveRow.id == wave_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if wave.anonymity == anonymity:
        return
    if session.scalar(
        select(InvitationRow.wave_id).where(InvitationRow.wave_id == wave_id).limit(1)
    ):
        raise AnonymityFixed
    wave.anonymity = anonymity
    session.flush()


def create_link(
    session: Session,
    survey: str,
    now: datetime,
    *,
    unit: str | None = None,
    course: str | None = None,
    caseworker: str | None = None,
) -> str:
    """Make an open link to the open wave of a survey and give its short code.

    `caseworker` is a random key of 32 characters at most, never a name or initials.
    A survey of the catalogue that never had a wave gets its first one. Raises UnknownSurvey,
    WaveClosed, or FrameOrLink when the wave asks the people of a sampling frame.
    """
    known = session.scalars(select(SurveyRow.id).where(SurveyRow.name == survey)).one_or_none()
    if known is None:
        open_wave(session, survey, f"{now:%Y}", opens_at=now)
    wave = _open(session, survey, now, None, for_link=True)
    return link_to(session, wave.id, unit=unit, course=course, caseworker=caseworker)


def link_to(
    session: Session,
    wave_id: int,
    *,
    unit: str | None = None,
    course: str | None = None,
    caseworker: str | None = None,
) -> str:
    """Make an open link to one wave and give its short code. Raises FrameOrLink."""
    if session.scalar(select(FrameMemberRow.id).where(FrameMemberRow.wave_id == wave_id).limit(1)):
        raise FrameOrLink
    code = keys.new_code()
    session.add(
        LinkRow(wave_id=wave_id, code=code, unit=unit, course=course, caseworker=caseworker)
    )
    session.flush()
    return code


def invite(
    session: Session,
    wave_id: int,
    count: int,
    *,
    unit: str | None = None,
    course: str | None = None,
    caseworker: str | None = None,
) -> Sequence[str]:
    """Issue personal invitations. The tokens are given once; only their hashes are kept."""
    tokens = [keys.new_ballot() for _ in range(count)]
    session.add_all(
        InvitationRow(
            token_hash=keys.spend_hash(token),
            wave_id=wave_id,
            personal=True,
            spent=False,
            unit=unit,
            course=course,
            caseworker=caseworker,
        )
        for token in tokens
    )
    session.flush()
    return tokens


def on_telegram(session: Session) -> Mapping[str, bool]:
    """Every survey that had a wave, and whether it may be answered on Telegram."""
    found = session.execute(select(SurveyRow.name, SurveyRow.telegram).order_by(SurveyRow.name))
    return {row.name: row.telegram for row in found}


def allow_telegram(session: Session, survey: str, *, allowed: bool) -> None:
    """Say whether a survey may be answered on Telegram. Whoever has begun may end all the same.

    Raises UnknownSurvey.
    """
    row = session.scalars(select(SurveyRow).where(SurveyRow.name == survey)).one_or_none()
    if row is None:
        raise UnknownSurvey(survey, sorted(session.scalars(select(SurveyRow.name))))
    row.telegram = allowed
    session.flush()


def _open(
    session: Session, survey: str, now: datetime, label: str | None, *, for_link: bool = False
) -> WaveRow:
    """The newest open wave; for a link one without a frame where there is one."""
    survey_id = session.scalars(select(SurveyRow.id).where(SurveyRow.name == survey)).one_or_none()
    if survey_id is None:
        names = session.scalars(select(SurveyRow.name)).all()
        raise UnknownSurvey(survey, sorted({*names, *definition.catalogue()}))
    framed = select(FrameMemberRow.id).where(FrameMemberRow.wave_id == WaveRow.id).exists()
    query = (
        select(WaveRow)
        .where(WaveRow.survey_id == survey_id, WaveRow.opens_at <= now)
        .where(func.coalesce(WaveRow.closes_at > now, True))
        .order_by(*([framed] if for_link else []), WaveRow.opens_at.desc(), WaveRow.id.desc())
    )
    if label is not None:
        query = query.where(WaveRow.label == label)
    wave = session.scalars(query.limit(1)).one_or_none()
    if wave is None:
        raise WaveClosed
    return wave


@lru_cache(maxsize=64)
def _read(document: str) -> Instrument:
    return definition.read(document)
