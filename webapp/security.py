"""What every response and every form of the web face is protected by."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import get_host

from webapp import running
from webapp.sessions import StaffSessions
from webapp.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = 1024 * 1024
MOST_FORM_PARTS = 500
A_YEAR = 365 * 24 * 3600

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""No inline script or style, and nothing from another host. A view that needs another policy (the
chat, where it may be embedded) sets its own header, which is left alone."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def protect(app: Flask) -> None:
    """Set the limits, the cookie rules and the headers of an application."""
    settings = app.extensions["hoert"].settings
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        SESSION_COOKIE_NAME="__Host-session" if settings.in_production else "session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.in_production,
    )
    app.session_interface = StaffSessions()
    headers = list(HEADERS.items())
    if settings.in_production:
        host = urlsplit(settings.public_url).hostname
        # The machine's own health checks name no host
        app.config["TRUSTED_HOSTS"] = [host, "127.0.0.1", "localhost"]
        headers.append(("Strict-Transport-Security", f"max-age={A_YEAR}; includeSubDomains"))

    app.wsgi_app = _Secured(app.wsgi_app, headers)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        # Not the host: it is asked for by name, and a proxy passes it on as it came
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app,
            x_for=settings.trusted_proxies,
            x_proto=settings.trusted_proxies,
            x_host=0,
        )


class _Secured:
    """An application whose every response carries the headers; a view may set its own."""

    def __init__(self, app: "WSGIApplication", headers: Iterable[tuple[str, str]]) -> None:
        self._app = app
        self._headers = tuple(headers)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        is_asset = environ["PATH_INFO"].startswith("/static/")

        def start(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            if is_asset and status < "4":
                headers = [one for one in headers if one[0] != "Cache-Control"]
                headers.append(("Cache-Control", f"public, max-age={A_YEAR}, immutable"))
            own = {name for name, _ in headers}
            if "Cache-Control" not in own:
                headers.append(("Cache-Control", "no-store"))
            if "Content-Security-Policy" not in own:
                headers.append(("Content-Security-Policy", CONTENT_POLICY))
            headers.extend(one for one in self._headers if one[0] not in own)
            return start_response(status, headers, *failure)

        return self._app(environ, start)


def form_token(bound: str) -> str:
    """The token of a public form that belongs to a ballot or a conversation. Nothing is stored."""
    return token_of(running().settings.secret_key, bound)


def token_of(secret: str, bound: str) -> str:
    """The same for the secret of an installation."""
    digest = hmac.digest(secret.encode(), f"form:{bound}".encode(), "sha256")
    return urlsafe_b64encode(digest[:18]).decode()


def is_own_form(bound: str, token: str) -> bool:
    """Whether this POST comes from a page of ours, and not from another site's.

    A browser that says where a request comes from is believed: no page can make it lie. One that
    does not say has to show the token. So a form that was open while SECRET_KEY changed still goes
    through. Where this is False, show the form again with what was typed: never throw it away.
    """
    return is_own(running().settings, request.environ, bound, token)


def is_own(settings: Settings, environ: "WSGIEnvironment", bound: str, token: str) -> bool:
    """The same for a request that is none of Flask's. Its host must be one that Flask trusts."""
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None:
        own = {urlsplit(settings.public_url).netloc, get_host(environ)}
        return urlsplit(origin).netloc in own
    return hmac.compare_digest(token.encode(), token_of(settings.secret_key, bound).encode())
