"""URL paths of the built style sheets, scripts, fonts and icons."""

import json
from functools import cache
from pathlib import Path

_BUILT = Path(__file__).parent / "static" / "built"
FOLDER = "/static/built/"


class AssetMissingError(LookupError):
    """A page asked for an asset that the last build did not make."""


def asset(name: str) -> str:
    """Return the URL path of the asset with this plain name, such as ``citizen.css``.

    The path carries the content's hash, so what it names never changes and may be cached for
    ever. A right-to-left page takes ``citizen.rtl.css``. Raises `AssetMissingError`.
    """
    try:
        return FOLDER + _manifest()[name]
    except KeyError:
        raise AssetMissingError(
            f"The built assets have no {name!r}. Is it in webapp/assets? Then run: make setup"
        ) from None


@cache
def built(name: str) -> str:
    """Return the content of the asset with this plain name, for a page to carry in itself.

    Raises `AssetMissingError`.
    """
    return (_BUILT / asset(name).removeprefix(FOLDER)).read_text("utf-8")


@cache
def _manifest() -> dict[str, str]:
    try:
        text = (_BUILT / "manifest.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise AssetMissingError("The assets are not built. Run: make setup") from None
    names: dict[str, str] = json.loads(text)
    return names
