"""Keys for programs that read figures or hand in meetings: made by those who may do it too."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from webapp import access, running
from webapp.access_tables import StaffUserRow
from webapp.api_tables import ApiKeyRow
from webapp.fieldwork.words import OFFICE
from webapp.report_words import short_day

blueprint = Blueprint("api_keys", __name__)

PREFIX: Final = "hoert_"
"""So that a key is known for one where it should not be: in a log, a ticket, a repository."""
LASTS: Final = timedelta(days=365)

SCOPES: Final = {"read": access.READERS, "meetings": OFFICE}
"""What a key can be for, and whose keys are."""
WORDS: Final = {
    "read": "Læse de tal, du selv kan se",
    "meetings": "Melde møder, der er holdt. Nøglen kan ikke læse noget",
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key as its owner sees it in the list."""

    id: int
    name: str
    made_at: datetime
    ends_at: datetime
    scope: str


class NewKeyForm(FlaskForm):
    """What the key is for."""

    name = StringField(
        "Hvad skal nøglen bruges til?",
        [InputRequired("Skriv, hvad nøglen skal bruges til."), Length(max=80)],
    )
    scope = SelectField("Hvad må programmet?", default="read")


@blueprint.route("/staff/noegler", methods=["GET", "POST"])
@access.opened_to(access.READERS)
def overview() -> str | tuple[str, int]:
    """One's own keys, and a new one. A new key is shown this once."""
    here = running()
    form = NewKeyForm()
    form.scope.choices = [
        SelectChoice(one, WORDS[one]) for one, roles in SCOPES.items() if _is_one_of(roles)
    ]
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
                    scope=form.scope.data,
                )
            )
    with here.database.snapshot() as session:
        keys = _own(session)
    page = render_template(
        "api/keys.html",
        form=form,
        keys=keys,
        made=made,
        day=short_day,
        now=here.clock(),
        words=WORDS,
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


def holder(session: Session, key: str, now: datetime, scope: str = "read") -> StaffUserRow | None:
    """Whose key this is, while it is good, is for this, and its owner may still do it."""
    user = session.scalars(
        select(StaffUserRow)
        .join(ApiKeyRow, ApiKeyRow.user_id == StaffUserRow.id)
        .where(ApiKeyRow.key_hash == _hash(key), ApiKeyRow.ends_at > now)
        .where(ApiKeyRow.scope == scope)
        .options(selectinload(StaffUserRow.roles))
    ).one_or_none()
    if user is None or not user.active:
        return None
    # For the log
    g.key_of = user.id
    return user if any(role.name in SCOPES[scope] for role in user.roles) else None


def _is_one_of(roles: frozenset[access.Role]) -> bool:
    return any(role.name in roles for role in current_user.roles)


def _own(session: Session) -> Sequence[Key]:
    rows = session.scalars(
        select(ApiKeyRow)
        .where(ApiKeyRow.user_id == current_user.id)
        .order_by(ApiKeyRow.made_at.desc(), ApiKeyRow.id.desc())
    )
    return [Key(row.id, row.name, row.made_at, row.ends_at, row.scope) for row in rows]


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
