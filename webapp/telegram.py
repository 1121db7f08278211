"""What the web side does for the bot: takes its updates, and shows staff the links that open it."""

import hmac
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from structlog import get_logger
from werkzeug.wrappers import Response as AnyResponse

from surveys import definition, fieldwork, keys, links
from surveys.arrivals import Arrivals, numbered
from surveys.deployment import Deployment
from surveys.errors import UnknownCode, UnknownSurvey
from surveys.instrument import SOURCE_LANGUAGE
from webapp import access, paper, running
from webapp.access import Role

blueprint = Blueprint("telegram", __name__)

PATIENCE_SECONDS: Final = 5
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  its name
DECIDERS: Final = frozenset({Role.LEDER, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Opening:
    """One open link as it opens the bot."""

    code: str
    spelled: str
    place: str
    address: str


@dataclass(frozen=True, slots=True)
class Channel:
    """One survey: whether it may be answered on Telegram, and what opens it there."""

    name: str
    title: str
    allowed: bool
    openings: tuple[Opening, ...]


def register(app: Flask) -> None:
    """Take updates at the path of TELEGRAM_WEBHOOK_URL, where there is one."""
    settings = app.extensions["hoert"].settings
    app.register_blueprint(blueprint)
    if settings.telegram_bot_token and settings.telegram_webhook_url:
        app.add_url_rule(
            settings.telegram_webhook_path, "telegram.webhook", receive, methods=["POST"]
        )


def receive() -> Response:
    """Keep an update, and only then say yes: Telegram delivers again what it hears no yes to.

    What cannot be kept under a number gets a yes too, or it would stand in the way of the rest.
    """
    here = running()
    shown = request.headers.get(SECRET_HEADER, "")
    if not hmac.compare_digest(shown.encode(), here.settings.telegram_webhook_secret.encode()):
        return Response(status=403)
    update = request.get_json(force=True, silent=True)
    if numbered(update):
        arrivals = Arrivals.of(here.settings.secret_key)
        here.database.together(partial(arrivals.receive, updates=[update], now=here.clock()))
    else:
        get_logger().warning("update without a number")
    return Response(status=200)


@blueprint.get("/staff/telegram")
@access.opened_to(access.EVERYBODY)
def overview() -> str:
    """Every survey on Telegram: its links, and the switch."""
    return _overview(FlaskForm(formdata=None))


@blueprint.post("/staff/telegram/<survey>")
@access.opened_to(DECIDERS)
def switch(survey: str) -> AnyResponse | tuple[str, int]:
    """Let a survey be answered on Telegram, or no more. Whoever has begun may end all the same."""
    form = FlaskForm()
    if not form.validate_on_submit():
        return _overview(form), 422
    allowed = request.form.get("allowed") == "1"
    try:
        with running().database.transaction() as session:
            fieldwork.allow_telegram(session, survey, allowed=allowed)
    except UnknownSurvey:
        abort(404)
    return redirect(url_for("telegram.overview") + f"#survey-{survey}", 303)


@blueprint.get("/staff/telegram/<code>/kode.svg")
@access.opened_to(access.EVERYBODY)
def picture(code: str) -> Response:
    """The QR code that opens the bot with a code."""
    here = running()
    with here.database.snapshot() as session:
        try:
            found = links.link(session, code, here.clock())
        except UnknownCode:
            abort(404)
    address = deep_link(here.settings, found.code)
    if address is None or not _is_theirs(found):
        abort(404)
    return Response(paper.qr_code(address), mimetype="image/svg+xml")


def _is_theirs(link: links.Link) -> bool:
    return access.may_use(link.unit)


def _overview(form: FlaskForm) -> str:
    here = running()
    name = bot_name(here.settings)
    with here.database.snapshot() as session:
        allowed = fieldwork.on_telegram(session)
        openings: dict[str, list[Opening]] = {survey: [] for survey in allowed}
        for link in filter(_is_theirs, links.links(session, here.clock())):
            openings[link.survey].append(
                Opening(
                    code=link.code,
                    spelled=keys.spelled(link.code),
                    place=", ".join(filter(None, (link.unit, link.course))),
                    address=_address(name, link.code) if name else "",
                )
            )
    return render_template(
        "telegram/overview.html",
        form=form,
        has_token=bool(here.settings.telegram_bot_token),
        bot=name,
        may_decide=access.may_open("telegram.switch"),
        channels=[
            Channel(survey, _title(survey), allowed[survey], tuple(found))
            for survey, found in openings.items()
        ],
    )


def _title(survey: str) -> str:
    if survey not in definition.catalogue():
        return survey
    return definition.read(definition.shipped(survey)).title(SOURCE_LANGUAGE)


def deep_link(deployment: Deployment, code: str) -> str | None:
    """The link that opens the bot with a code; None without a token or when the bot can't be asked.

    A link with a guessed name would send citizens to somebody else's bot.
    """
    name = bot_name(deployment)
    return None if name is None else _address(name, code)


def bot_name(deployment: Deployment) -> str | None:
    """The name that citizens find the bot by; None without a token or when it can't be asked."""
    if not deployment.telegram_bot_token:
        return None
    # An installation without a bot does not pay for it
    import httpx

    try:
        return _asked(deployment.telegram_root, deployment.telegram_bot_token)
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        get_logger().warning("telegram name unknown")
        return None


@lru_cache(maxsize=8)
def _asked(root: str, token: str) -> str:
    """Asked once a process: a bot keeps its name. What fails is asked again."""
    import httpx

    answer = httpx.post(f"{root}/bot{token}/getMe", timeout=PATIENCE_SECONDS)
    return str(answer.raise_for_status().json()["result"]["username"])


def _address(name: str, code: str) -> str:
    return f"https://t.me/{name}?start={code}"
