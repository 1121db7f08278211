"""The municipality's own colour and logo, in the one style sheet that its citizens fetch."""

import gzip
import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, current_app, request
from flask.blueprints import BlueprintSetupState

from webapp import assets, running
from webapp.compression import takes_gzip
from webapp.settings import Settings

blueprint = Blueprint("look", __name__)

SHEETS: Final = ("citizen.css", "citizen.rtl.css")
_A_YEAR: Final = 365 * 24 * 3600
_RELATIVE: Final = re.compile(r'url\("?\./([^")]+)"?\)')
_DEFAULT: Final = "var(--municipality-colour, #14506e)"
_MEDIA: Final = {".svg": "image/svg+xml", ".png": "image/png"}


@blueprint.record
def _begin(state: BlueprintSetupState) -> None:
    state.app.extensions["hoert.look"] = {}


def asset(name: str) -> str:
    """Where the browser finds an asset: as `assets.asset`, in the municipality's look if any.

    The path carries the content's hash, so what it names may be kept for ever.
    """
    settings = running().settings
    if name not in SHEETS or not (settings.municipality_colour or settings.municipality_logo):
        return assets.asset(name)
    return f"/look/{_tag(_sheet(name))}/{name}"


@blueprint.get("/look/<tag>/<name>")
def sheet(tag: str, name: str) -> Response:
    """A style sheet in the municipality's look. An address of yesterday gives today's."""
    if name not in SHEETS:
        abort(404)
    content = _sheet(name)
    response = Response(content, mimetype="text/css")
    response.set_etag(_tag(content))
    if tag == _tag(content):
        response.headers["Cache-Control"] = f"public, max-age={_A_YEAR}, immutable"
    response.vary.add("Accept-Encoding")
    if takes_gzip():
        response.set_data(gzip.compress(content, 9, mtime=0))
        response.content_encoding = "gzip"
    response.make_conditional(request)
    return response


def _sheet(name: str) -> bytes:
    made: dict[str, bytes] = current_app.extensions["hoert.look"]
    if name not in made:
        made[name] = "".join(_written(assets.built(name), running().settings)).encode()
    return made[name]


def _written(css: str, settings: Settings) -> Iterator[str]:
    # It is served from another folder than what it names
    css = _RELATIVE.sub(rf'url("{assets.FOLDER}\1")', css)
    if settings.municipality_colour:
        css = css.replace(_DEFAULT, settings.municipality_colour)
    yield css
    if settings.municipality_logo:
        logo = Path(settings.municipality_logo)
        picture = f"data:{_MEDIA[logo.suffix]};base64,{b64encode(logo.read_bytes()).decode()}"
        yield (
            '.masthead-name::before{content:"";display:inline-block;width:4rem;height:4rem;'
            "margin-inline-end:1.2rem;vertical-align:middle;"
            f'background:url("{picture}") center/contain no-repeat}}'
        )


def _tag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
