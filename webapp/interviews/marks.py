"""Themes that were marked in calls, put at the answers once those are mixed."""

from sqlalchemy.orm import Session

from analysis import coding
from surveys import extract, phone_interview
from surveys.database import Database
from surveys.deployment import Deployment
from surveys.phone_interview import Marked
from webapp import Clock


def place(database: Database, _: Clock) -> None:
    """Write the themes down as what the caller read in the answers. What waits, waits on."""
    secret = Deployment().secret_key
    with database.snapshot() as session:
        waiting = phone_interview.marked(session, secret)
    for one in waiting:
        with database.transaction() as session:
            _place(session, one)


def _place(session: Session, one: Marked) -> None:
    response = extract.by_invitation(session, one.wave_id).get(one.invitation)
    if response is None:
        return
    wave = next(wave for wave in extract.waves(session) if wave.id == one.wave_id)
    known = set(coding.frame(session, wave).codes)
    # The caller heard it without the model's proposal, and marked no mood: the model's stands
    moods = {coded.comment.id: coded.sentiment for coded in coding.codings(session, wave)}
    for comment in coding.comments(session, wave):
        codes = known & set(one.jotted.themes.get(comment.item, ()))
        if comment.response != response or not codes:
            continue
        mood = moods.get(comment.id, "neutral")
        judgement = coding.Judgement(dict.fromkeys(sorted(codes), mood), mood)
        coding.record(session, wave, comment.id, judgement, coder=one.jotted.by, sight="blind")
    phone_interview.placed(session, one.member_id)
