"""Keys for programs that read figures: made and withdrawn by those who may read them."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from webapp import access, running
from webapp.access_tables import StaffUserRow
from webapp.actions import short_day
from webapp.api_tables import ApiKeyRow

blueprint = Blueprint("api_keys", __name__)

PREFIX: Final = "hoert_"
"""So that a key is known for one where it should not be: in a log, a ticket, a repository."""
LASTS: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Key:
    """A key as its owner sees it in the list."""

    id: int
    name: str
    made_at: datetime
    ends_at: datetime


class NewKeyForm(FlaskForm):
    """What the key is for."""

    name = StringField(
        "Hvad skal nøglen bruges til?",
        [InputRequired("Skriv, hvad nøglen skal bruges til."), Length(max=80)],
    )


@blueprint.route("/staff/noegler", methods=["GET", "POST"])
@access.opened_to(access.READERS)
def overview() -> str | tuple[str, int]:
    """One's own keys, and a new one. A new key is shown this once."""
    here = running()
    form = NewKeyForm()
    made = None
    if form.validate_on_submit():
        made = PREFIX + secrets.token_urlsafe(32)
        with here.database.transaction() as session:
            now = here.clock()
            session.add(
                ApiKeyRow(
                    user_id=current_user.id,
                    name=form.name.data.strip(),
                    key_hash=_hash(made),
                    made_at=now,
                    ends_at=now + LASTS,
                )
            )
    with here.database.snapshot() as session:
        keys = _own(session)
    page = render_template(
        "api/keys.html", form=form, keys=keys, made=made, day=short_day, now=here.clock()
    )
    return (page, 422) if form.errors else page


@blueprint.post("/staff/noegler/<int:number>/traek-tilbage")
@access.opened_to(access.READERS)
def withdraw(number: int) -> Response:
    """Let a key of one's own open nothing any more."""
    if not FlaskForm().validate_on_submit():
        flash("Siden har været åben længe. Prøv igen.")
        return redirect(url_for("api_keys.overview"))
    with running().database.transaction() as session:
        gone = session.execute(
            delete(ApiKeyRow)
            .where(ApiKeyRow.id == number, ApiKeyRow.user_id == current_user.id)
            .returning(ApiKeyRow.id)
        ).one_or_none()
    if gone is None:
        abort(404)
    flash("Nøglen virker ikke mere.")
    return redirect(url_for("api_keys.overview"))


def holder(session: Session, key: str, now: datetime) -> StaffUserRow | None:
    """Whose key this is, while it is good and its owner may still read figures."""
    user = session.scalars(
        select(StaffUserRow)
        .join(ApiKeyRow, ApiKeyRow.user_id == StaffUserRow.id)
        .where(ApiKeyRow.key_hash == _hash(key), ApiKeyRow.ends_at > now)
        .options(selectinload(StaffUserRow.roles))
    ).one_or_none()
    if user is None or not user.active:
        return None
    return user if any(role.name in access.READERS for role in user.roles) else None


def _own(session: Session) -> Sequence[Key]:
    rows = session.scalars(
        select(ApiKeyRow)
        .where(ApiKeyRow.user_id == current_user.id)
        .order_by(ApiKeyRow.made_at.desc(), ApiKeyRow.id.desc())
    )
    return [Key(row.id, row.name, row.made_at, row.ends_at) for row in rows]


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
