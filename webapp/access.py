"""Who may open which page under /staff: accounts, roles, sign-in, and the guard before it all."""

import hmac
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

import email_validator
from argon2 import PasswordHasher
from flask import (
    Flask,
    Response,
    after_this_request,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address
from flask_login import user_logged_out
from flask_security import LoginForm, Security, UserDatastore, current_user, user_authenticated
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Field

from surveys.database import Database
from webapp import Running, running
from webapp.access_tables import StaffRoleRow, StaffUserRow
from webapp.assets import asset

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=8)
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
MISSES_PER_ACCOUNT: Final = "5 per 5 minutes"
MISSES_PER_ADDRESS: Final = "30 per 5 minutes"

_STAFF = "/staff"
_OPEN = frozenset({"security.login", "security.logout"})


class Role(StrEnum):
    """What a member of staff is. A page names the roles that may open it."""

    SAGSBEHANDLER = "sagsbehandler"
    KONSULENT = "konsulent"
    TEAMLEDER = "teamleder"
    ANALYTIKER = "analytiker"
    LEDER = "leder"
    ADMINISTRATOR = "administrator"


EVERYBODY: Final = frozenset(Role)
READERS: Final = EVERYBODY - {Role.SAGSBEHANDLER, Role.KONSULENT}
"""Who reads results: citizens are told that their caseworker does not."""


class InvalidUser(ValueError):
    """An account that cannot be made; says why, and what to do."""


View = Callable[..., Any]
_opened: Final[dict[View, frozenset[Role]]] = {}


def opened_to(roles: frozenset[Role]) -> Callable[[View], View]:
    """Name the roles that may open a page under /staff. A page without it is closed to everybody.

    It stands directly on the view, below the route and every other decorator's.
    """

    def remember(view: View) -> View:
        _opened[view] = roles
        return view

    return remember


def may_open(endpoint: str) -> bool:
    """Whether the person who is signed in may open a page."""
    roles = _opened.get(current_app.view_functions[endpoint], frozenset())
    return any(role.name in roles for role in current_user.roles)


def create_user(database: Database, email: str, role: str, password: str) -> None:
    """Let a person sign in. There is no other way to make an account.

    Raises InvalidUser for an unusable address, a role that does not exist, a password of fewer
    than twelve characters, or an address that has an account.
    """
    try:
        # An address on a closed network is an address too
        address = email_validator.validate_email(
            email, check_deliverability=False, globally_deliverable=False
        ).normalized.casefold()
    except email_validator.EmailNotValidError:
        raise InvalidUser("That is no e-mail address. Write it as name@example.org.") from None
    if role not in EVERYBODY:
        raise InvalidUser(f"There is no such role. Choose one of: {', '.join(Role)}.")
    password = unicodedata.normalize("NFKD", password)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidUser(
            f"The password must have at least {SHORTEST_PASSWORD} characters"
            f" and at most {LONGEST_PASSWORD}."
        )
    with database.transaction() as transaction:
        taken = select(StaffUserRow.id).where(StaffUserRow.email == address)
        if transaction.scalars(taken).one_or_none() is not None:
            raise InvalidUser("That e-mail address has an account already.")
        transaction.add(
            StaffUserRow(
                email=address,
                password=PasswordHasher().hash(password),
                active=True,
                fs_uniquifier=uuid4().hex,
                roles=[StaffRoleRow(name=role)],
            )
        )


def register(app: Flask) -> None:
    """Put sign-in and the guard on the application."""
    here: Running = app.extensions["hoert"]
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None,
        SECURITY_URL_PREFIX=_STAFF,
        SECURITY_STATIC_FOLDER=None,
        SECURITY_CACHE_CONTROL=None,
        SECURITY_FRESHNESS=timedelta(-1),
        SECURITY_LOGIN_USER_TEMPLATE="staff/login.html",
        SECURITY_LOGOUT_USER_TEMPLATE="staff/logout.html",
        SECURITY_LOGOUT_CSRF=True,
        SECURITY_POST_LOGIN_VIEW="/staff/",
        SECURITY_POST_LOGOUT_VIEW="/staff/login",
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_EMAIL_VALIDATOR_ARGS={"globally_deliverable": False},
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  the name of a hash
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
    )
    # Flask-Security and what it brings read the session in every request, citizens' too, which
    # would vary their pages by cookie. We use none of these hooks, nor their year-long cookie.
    hooks = ("before_request_funcs", "after_request_funcs", "template_context_processors")
    ours = {hook: list(getattr(app, hook)[None]) for hook in hooks}
    security = Security(app, _Accounts(here.database), login_form=_SignIn, render_template=_page)
    for hook, kept in ours.items():
        getattr(app, hook)[None] = kept
    # A refusal in JSON would have another status, and would not count as a miss
    security.want_json(lambda _: False)
    user_authenticated.connect(_begin, app)
    user_logged_out.connect(_end, app)
    app.before_request(_guard)
    _slow_down(app)
    app.jinja_env.globals.update(
        asset=asset, running=running, staff=current_user, staff_token=generate_csrf
    )


class _SignIn(LoginForm):
    """Flask-Security's form, but for where it leads."""

    def validate_next(self, field: Field) -> None:
        """A bad address to go on to is not followed, which is no reason to refuse the person."""


class _Accounts(UserDatastore):
    """Flask-Security's accounts on our own transactions, which no page holds while it works."""

    def __init__(self, database: Database) -> None:
        super().__init__(StaffUserRow, StaffRoleRow)
        self._database = database

    def find_user(self, case_insensitive: bool = False, **identity: str) -> StaffUserRow | None:
        if case_insensitive:
            identity = {name: value.casefold() for name, value in identity.items()}
        query = select(StaffUserRow).filter_by(**identity).options(selectinload(StaffUserRow.roles))
        with self._database.snapshot() as snapshot:
            user = snapshot.scalars(query).one_or_none()
            # It outlives the snapshot, whose end would empty it
            snapshot.expunge_all()
        return user

    def put(self, user: StaffUserRow) -> StaffUserRow:
        with self._database.transaction() as transaction:
            transaction.merge(user)
        return user

    def commit(self) -> None:
        """Nothing waits: `put` is a transaction of its own."""


def _page(template: str, **context: Any) -> str:
    # What is accepted is answered with another page
    refused = request.method == "POST"
    if refused:
        after_this_request(_unprocessable)
    return render_template(template, refused=refused, **context)


def _unprocessable(response: Response) -> Response:
    response.status_code = 422
    return response


def _begin(_: Flask, **__: Any) -> None:
    session["since"] = session["seen"] = running().clock().timestamp()


def _end(_: Flask, user: StaffUserRow, **__: Any) -> None:
    """Sign out everywhere: a cookie is only a signed note, and a copy of it would still be good."""
    if user.is_authenticated:
        current_app.extensions["security"].datastore.set_uniquifier(user)
    session.clear()


def _is_over(now: datetime) -> bool:
    since, seen = (
        datetime.fromtimestamp(session.get(key, 0), now.tzinfo) for key in ("since", "seen")
    )
    return now - since > LONGEST or now - seen > IDLE


def _guard() -> AnyResponse | None:
    if not _is_staff_page() or request.endpoint in _OPEN or request.endpoint is None:
        return None
    now = running().clock()
    if not current_user.is_authenticated or _is_over(now):
        session.clear()
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("security.login", next=wanted))
    session["seen"] = now.timestamp()
    if not may_open(request.endpoint):
        return make_response(render_template("staff/forbidden.html"), 403)
    return None


def _is_staff_page() -> bool:
    return request.path == _STAFF or request.path.startswith(f"{_STAFF}/")


def _slow_down(app: Flask) -> None:
    """Let nobody guess on: few misses per account from one address, more per address.

    The account alone is not counted, so nobody can lock another person out from elsewhere.
    """
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    # What it decorates asks by itself; its hooks would look for limits in citizens' requests too
    app.before_request_funcs[None].pop()
    count = app.after_request_funcs[None].pop()
    app.after_request(lambda response: count(response) if _is_staff_page() else response)
    view: View = app.view_functions["security.login"]
    for limit, key in (
        (MISSES_PER_ACCOUNT, lambda: _trace(get_remote_address(), request.form.get("email", ""))),
        (MISSES_PER_ADDRESS, lambda: _trace(get_remote_address())),
    ):
        view = limiter.limit(
            limit,
            key_func=key,
            methods=["POST"],
            deduct_when=lambda response: response.status_code == 422,
            on_breach=_too_many,
        )(view)
    app.view_functions["security.login"] = view


def _trace(*parts: str) -> str:
    """A key that can be written to a log: it names nobody."""
    secret = str(current_app.secret_key).encode()
    named = "\0".join(part.strip().casefold() for part in parts)
    return hmac.digest(secret, named.encode(), "sha256").hex()


def _too_many(_: RequestLimit) -> Response:
    response = make_response(render_template("staff/too_many.html"), 429)
    response.headers["Retry-After"] = "300"
    return response
