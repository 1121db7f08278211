"""Signing in with the municipality's own sign-in (OpenID Connect), which says who, in which role.

Hørt keeps no password for such a person. Roles and units are those of the claims, anew each time;
whoever has no role that Hørt knows is let in nowhere.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import (
    Blueprint,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_security.utils import login_user
from structlog import get_logger
from werkzeug.wrappers import Response

from webapp import access, accounts, audit, running, sessions
from webapp.access import Role

if TYPE_CHECKING:
    from webapp.openid import Provider

blueprint = Blueprint("elsewhere", __name__, url_prefix="/staff/kommunens-login")
log = get_logger()


class NotLetIn(Exception):
    """Why somebody whom the provider knows may not come in."""


@blueprint.get("")
def begin() -> Response:
    """Go to the municipality's sign-in."""
    from webapp.openid import Away

    provider = _provider()
    if not access.may_try_elsewhere():
        return access.too_many()
    wanted = request.args.get("next", "")
    try:
        way = provider.begin(_here())
    except Away:
        return _refused("away")
    session["elsewhere"] = asdict(way)
    session["next"] = wanted if sessions.is_staff_path(wanted) else ""
    return redirect(way.url)


@blueprint.get("/svar")
def back() -> Response:
    """Come back from it, and be let in."""
    from webapp.openid import Away, NotSure, Way

    provider = _provider()
    begun, wanted = session.pop("elsewhere", None), session.pop("next", "")
    code = request.args.get("code")
    if not begun:
        # Nobody who did not go makes us write anything
        return _page("state")
    if not code or request.args.get("state") != begun["state"]:
        return _refused("state")
    try:
        user = _arrive(provider.claims(Way(**begun), code, _here()))
    except Away:
        return _refused("away")
    except NotSure as reason:
        return _refused(str(reason))
    except NotLetIn as reason:
        return _refused(str(reason))
    login_user(user, remember=False, authn_via=["oidc"])
    return redirect(wanted or url_for("staff.start"))


@blueprint.get("/ud")
def leave() -> Response:
    """Sign out of the municipality's sign-in too."""
    from webapp.openid import Away

    home = running().settings.public_url + url_for("security.login")
    try:
        return redirect(_provider().sign_out(home))
    except Away:
        return _refused("away")


def _provider() -> "Provider":
    settings = running().settings
    if not settings.oidc_issuer:
        abort(404)
    from webapp.openid import Provider

    found: Provider | None = current_app.extensions.get("provider")
    if found is None:
        found = Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
        current_app.extensions["provider"] = found
    return found


def _here() -> str:
    return running().settings.public_url + url_for(".back")


def _arrive(claims: Mapping[str, Any]) -> Any:
    """The account of a person as the claims have it now; made the first time. Raises NotLetIn."""
    here = running()
    settings = here.settings
    said = {one.casefold() for one in _listed(claims, settings.oidc_roles_claim)}
    roles = [role for role in Role if role in said]
    units = _listed(claims, settings.oidc_units_claim)
    subject = hashlib.sha256(f"{settings.oidc_issuer}\0{claims['sub']}".encode()).hexdigest()
    email = str(claims.get("email") or claims.get("preferred_username") or "")
    with here.database.transaction() as transaction:
        try:
            user = accounts.arrive(transaction, subject, email, roles, units)
        except accounts.BadAddress:
            raise NotLetIn("email") from None
        except accounts.AddressTaken:
            raise NotLetIn("taken") from None
        except accounts.Closed:
            raise NotLetIn("closed") from None
    # Written too where there is none: what the person had before is taken back
    if user is None:
        raise NotLetIn("role")
    return current_app.extensions["security"].datastore.find_user(id=user.id)


def _listed(claims: Mapping[str, Any], name: str) -> list[str]:
    """A claim as a list: its name may be a path, as `realm_access.roles`."""
    found: Any = claims.get(name) if name else None
    if found is None and name:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return found.split()
    return [str(one) for one in found] if isinstance(found, list) else []


def _refused(why: str) -> Response:
    log.warning("sign-in elsewhere refused", why=why)
    if why != "away":
        audit.note(audit.Kind.NOT_LET_IN, None, about=why)
    return _page(why)


def _page(why: str) -> Response:
    page = render_template("staff/elsewhere.html", why=why)
    return make_response(page, 502 if why == "away" else 403)
