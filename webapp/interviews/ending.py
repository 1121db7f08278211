"""The end of an interview: what is said, the receipt, and the link to the company's own page."""

from typing import Final

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer

from surveys import companies, keys, languages, receipt_links
from surveys.calls import Called, Outcome
from surveys.instrument import SOURCE_LANGUAGE
from surveys.schedule import COPENHAGEN
from webapp import access, receipts, running
from webapp.delivery import mail, messages, sender
from webapp.delivery.failures import DeliveryError, Uncertain, Undeliverable
from webapp.interviews import words
from webapp.interviews.words import CALLERS, blueprint

_TOO_OLD: Final = "Siden har været åben længe. Prøv igen."
_UNCERTAIN: Final = "Måske er linket sendt. Mailserveren svarede ikke til sidst."
_NO_ADDRESS: Final = "E-mailen kunne ikke leveres. Ret adressen, eller send linket selv."
_NOT_NOW: Final = "Mailserveren svarer ikke lige nu. Prøv igen, eller send linket selv."


@blueprint.route("/staff/opringning/slut/<member>", methods=["GET", "POST"])
@access.opened_to(CALLERS)
def ended(member: str) -> str | Answer:
    """What is said at the end, the receipt, and the link: copied, or sent by e-mail."""
    one = words.found(member)
    if not any(a.outcome in {Outcome.INTERVIEWED, Outcome.PARTIAL} for a in one.attempts):
        abort(404)
    here = running()
    secret, now = here.settings.secret_key, here.clock()
    wave = words.wave_of(one.wave_id)
    token = companies.token(secret, one.id)
    with here.database.snapshot() as session:
        works_until = receipt_links.expires_at(session, member, now)
        quotes = receipts.quotes_of(session, wave, keys.spend_hash(token))
    waiting = sum(quote.verdict is None for quote in quotes)
    if request.method == "POST":
        if FlaskForm().validate():
            _do(request.form.get("do", ""), one, waiting)
        else:
            flash(_TOO_OLD, "warning")
        return redirect(url_for(".ended", member=member, _anchor="link"), 303)
    return render_template(
        "interviews/ended.html",
        one=one,
        wave=wave,
        next_step=wave.instrument.next_step(one.language),
        receipt=keys.receipt(secret, token),
        link=messages.receipt_link(here.settings, receipt_links.token(secret, one.id)),
        works_until=works_until,
        waiting=waiting,
        by_mail=_may_mail(one),
        form=FlaskForm(),
        words=words,
    )


def _may_mail(one: Called) -> bool:
    return bool(one.email) and sender.MAIL.sender in running().settings.delivery


def _do(what: str, one: Called, waiting: int) -> None:
    here = running()
    now = here.clock()
    with here.database.transaction() as session:
        if what == "withdraw":
            receipt_links.withdraw(session, one.id)
            return
        token = receipt_links.issue(session, one.id, here.settings.secret_key, now)
        language = one.language if one.language in languages.spoken(session) else SOURCE_LANGUAGE
    if what != "mail" or not _may_mail(one):
        return
    last = (now + receipt_links.LASTS).astimezone(COPENHAGEN).date()
    made = messages.receipt(
        here.settings, one.email or "", language, token, last, has_quotes=waiting > 0
    )
    try:
        mail.send(here.settings, made)
    except Uncertain:
        flash(_UNCERTAIN, "warning")
    except Undeliverable:
        flash(_NO_ADDRESS, "warning")
    except DeliveryError:
        flash(_NOT_NOW, "warning")
    else:
        flash("Linket er sendt.")
