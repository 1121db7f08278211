"""Who may open which page under /staff: accounts, roles, sign-in, and the guard before it all."""

import hmac
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from flask import (
    Flask,
    Response,
    after_this_request,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import user_logged_out
from flask_security import LoginForm, Security, UserDatastore, current_user, user_authenticated
from flask_wtf.csrf import generate_csrf
from limits import parse
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Field

from surveys.database import Database
from webapp import Running, accounts, guesses, passwords, running, sessions
from webapp.access_tables import StaffRoleRow, StaffUserRow
from webapp.answering_tables import StaffUnitRow
from webapp.assets import asset

MISSES_PER_ACCOUNT: Final = "5 per 5 minutes"
MISSES_PER_ADDRESS: Final = "30 per 5 minutes"
GUESSES: Final = "5 per 5 minutes"
ARRIVALS: Final = "300 per 5 minutes"
"""Of one address on the way to another house's sign-in: a whole town hall may be behind it."""

_OPEN = frozenset(
    {
        "security.login",
        "security.logout",
        "account.choose",
        "elsewhere.begin",
        "elsewhere.back",
        "elsewhere.leave",
    }
)


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


SEE_ALL: Final = frozenset({Role.ANALYTIKER, Role.LEDER, Role.ADMINISTRATOR})
"""Whose work is the whole house. Everybody else sees the units that they were given."""


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


def units() -> frozenset[str] | None:
    """The units that the person who is signed in may see; None is all of them.

    Whoever is not of `SEE_ALL` and was given no unit sees none: the set is empty.
    """
    if "units" not in g:
        with running().database.snapshot() as snapshot:
            g.units = units_of(snapshot, current_user)
    found: frozenset[str] | None = g.units
    return found


def may_use(unit: str | None) -> bool:
    """Whether the codes of a unit are for the person who is signed in.

    As with figures and calls, whoever was given no unit has none; a code without a unit is for all.
    """
    mine = units()
    return unit is None or mine is None or unit in mine


def units_of(session: Session, user: StaffUserRow) -> frozenset[str] | None:
    """The units that a person may see, as `units` says: for programs that bring their key."""
    if any(role.name in SEE_ALL for role in user.roles):
        return None
    given = select(StaffUnitRow.unit).where(StaffUnitRow.user_id == user.id)
    return frozenset(session.scalars(given))


def needs_code(user: StaffUserRow) -> bool:
    """Whether a person's role may only be used with a code from a telephone."""
    needed = running().settings.staff_totp
    return not user.subject and any(role.name in needed for role in user.roles)


def next_step() -> str | None:
    """The page that stands between somebody who is signed in and all the others."""
    if current_user.totp:
        return None if session.get("proved") else "account.prove"
    return "account.set_up" if needs_code(current_user) else None


def is_in() -> bool:
    """Whether whoever asks is signed in, with nothing left to show."""
    return bool(current_user.is_authenticated) and next_step() is None


def proved() -> None:
    """Note that whoever is signed in has shown the code from their telephone."""
    session["proved"] = True
    sessions.renew()


def may_guess(what: str) -> bool:
    """Count a guess at something; False when there were too many of late."""
    return bool(_limiter().limiter.hit(parse(GUESSES), _trace(what)))


def guessed(what: str) -> None:
    """Forget the guesses: the last one was right."""
    _limiter().limiter.clear(parse(GUESSES), _trace(what))


def may_try_elsewhere() -> bool:
    """Count somebody who goes to another house's sign-in; False when too many did."""
    return bool(_limiter().limiter.hit(parse(ARRIVALS), _trace(get_remote_address())))


def too_many() -> Response:
    """What somebody sees who has guessed too often."""
    response = make_response(render_template("staff/too_many.html"), 429)
    response.headers["Retry-After"] = "300"
    return response


def create_user(database: Database, email: str, role: str, password: str) -> None:
    """Let a person sign in: from the command line, where the first administrator is made.

    Raises InvalidUser for an unusable address, a role that does not exist, a password that is
    short or easy to guess, or an address that has an account.
    """
    if role not in EVERYBODY:
        raise InvalidUser(f"There is no such role. Choose one of: {', '.join(Role)}.")
    match passwords.fault(password, email):
        case None:
            pass
        case passwords.Fault.EASY:
            raise InvalidUser(
                "That password is easy to guess. Take four words that do not belong together."
            )
        case _:
            raise InvalidUser(
                f"The password must have at least {passwords.SHORTEST} characters"
                f" and at most {passwords.LONGEST}."
            )
    try:
        with database.transaction() as transaction:
            accounts.create(transaction, email, [role], password=password)
    except accounts.BadAddress:
        raise InvalidUser("That is no e-mail address. Write it as name@example.org.") from None
    except accounts.AddressTaken:
        raise InvalidUser("That e-mail address has an account already.") from None


def register(app: Flask) -> None:
    """Put sign-in and the guard on the application."""
    here: Running = app.extensions["hoert"]
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None,
        SECURITY_URL_PREFIX=sessions.STAFF,
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
    # A session is a row that only its browser knows: it needs no trace of where that browser is
    app.config["SESSION_PROTECTION"] = None
    # Flask-Security and what it brings read the session in every request, citizens' too, which
    # would vary their pages by cookie. We use none of these hooks, nor their year-long cookie.
    hooks = ("before_request_funcs", "after_request_funcs", "template_context_processors")
    ours = {hook: list(getattr(app, hook)[None]) for hook in hooks}
    security = Security(app, _Accounts(here.database), login_form=_SignIn, render_template=_page)
    for hook, kept in ours.items():
        getattr(app, hook)[None] = kept
    # A session is the only way in: no token in an address or a header
    vars(app)["login_manager"].request_loader(lambda _: None)
    # A refusal in JSON would have another status, and would not count as a miss
    security.want_json(lambda _: False)
    user_authenticated.connect(_begin, app)
    user_logged_out.connect(_end, app)
    app.before_request(_guard)
    _slow_down(app, here.database)
    app.jinja_env.globals.update(
        asset=asset,
        running=running,
        staff=current_user,
        staff_is_in=is_in,
        staff_token=generate_csrf,
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


def _begin(_: Flask, user: StaffUserRow, **__: Any) -> None:
    sessions.begin(user.id, sessions.device(request.user_agent.string))


def _end(_: Flask, **__: Any) -> None:
    sessions.end()


def _guard() -> AnyResponse | None:
    is_staff = sessions.is_staff_path(request.path)
    if not is_staff or request.endpoint in _OPEN or request.endpoint is None:
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    if not current_user.is_authenticated:
        sessions.end()
        return redirect(url_for("security.login", next=wanted))
    step = next_step()
    if step and request.endpoint != step:
        return redirect(url_for(step, next=wanted))
    if not may_open(request.endpoint):
        return make_response(render_template("staff/forbidden.html"), 403)
    return None


def _slow_down(app: Flask, database: Database) -> None:
    """Let nobody guess on: few misses per account from one address, more per address.

    The account alone is not counted, so nobody can lock another person out from elsewhere.
    """
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=f"{guesses.SCHEME}://",
        storage_options={"database": database},  # type: ignore[dict-item]
    )
    app.extensions["staff_limiter"] = limiter
    # What it decorates asks by itself; its hooks would look for limits in citizens' requests too
    app.before_request_funcs[None].pop()
    count = app.after_request_funcs[None].pop()
    app.after_request(_only_staff(count))
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
            on_breach=lambda _: too_many(),
        )(view)
    app.view_functions["security.login"] = view


def _only_staff(hook: View) -> View:
    def asked(response: Response) -> Any:
        return hook(response) if sessions.is_staff_path(request.path) else response

    return asked


def _trace(*parts: str) -> str:
    """A key that can be written to a log: it names nobody."""
    secret = str(current_app.secret_key).encode()
    named = "\0".join(part.strip().casefold() for part in parts)
    return hmac.digest(secret, named.encode(), "sha256").hex()


def _limiter() -> Limiter:
    limiter: Limiter = current_app.extensions["staff_limiter"]
    return limiter
