"""The end: a response is stored, and its thank-you may be shown as often as its reader wants."""

from collections.abc import Mapping
from typing import Final

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from surveys import keys, retention
from surveys.instrument import Instrument
from surveys.privacy import MASKS
from webapp import citizen, device, running
from webapp.citizen import offered, spoken
from webapp.device import Device
from webapp.door import door
from webapp.published import GAP, published
from webapp.remembered import Remembered, Thanks, thanks_until

SCREEN_SECONDS: Final = 30
"""For how long a screen in a reception shows a thank-you to nobody."""


def thank(
    receipt: str,
    version: int,
    language: str,
    *,
    removed: Mapping[str, int] | None = None,
    link: str | None = None,
    unit: str | None = None,
    low: bool = False,
    screen: Device | None = None,
) -> Answer:
    """Send the browser on to its thank-you. Call it after the commit, and never before.

    Without a receipt it says that the answer is in: it was sent from somewhere else.
    """
    shown = told(receipt, version, language, removed=removed, unit=unit, low=low)
    address = "/tak" if screen is None else f"{screen.home}/tak"
    response = Response(status=303, headers={"Location": address}, mimetype="text/html")
    Remembered.read().thanked(shown, link).write(response)
    if screen is not None:
        screen.write(response)
    return response


def told(
    receipt: str,
    version: int,
    language: str,
    *,
    removed: Mapping[str, int] | None = None,
    unit: str | None = None,
    low: bool = False,
) -> Thanks:
    """What the page has to tell from now on."""
    return Thanks(
        receipt=receipt,
        instrument_version=version,
        language=language,
        removed=dict(removed or {}),
        until=thanks_until(running().clock()),
        unit=unit,
        low=low,
    )


def told_before(ballot: str) -> str:
    """The receipt of a ballot that was cast before, if it was cast from this browser; else ""."""
    receipt = Remembered.read().receipt(ballot)
    with running().database.snapshot() as session:
        return receipt if retention.holds(session, receipt) else ""


def not_now(language: str) -> Response:
    """That a screen in a reception takes no answer for a while, and where else to answer."""
    screen = device.here()
    page = citizen.render(
        "respond/kiosk_pause.html",
        language,
        address=running().settings.public_url,
        letters=keys.spelled(screen.code) if screen else "",
    )
    return Response(page, 429, mimetype="text/html", headers={"Retry-After": str(device.WITHIN)})


def show() -> Response:
    """The thank-you page of the response that this browser sent last."""
    shown = Remembered.read().thanks_at(running().clock())
    if shown is None:
        language = spoken(request.args.get("lang"), offered())
        return Response(citizen.render("respond/sent.html", language), mimetype="text/html")
    instrument = published().instrument(shown.instrument_version)
    language = spoken(request.args.get("lang") or shown.language, offered(instrument))
    removed = {str(kind): shown.removed.get(kind, 0) for kind in MASKS if shown.removed.get(kind)}
    if removed or instrument is None or not shown.receipt:
        own = _render(instrument, language, shown.receipt, removed, low=shown.low)
        return Response(own, mimetype="text/html")
    key = ("thanks", shown.instrument_version, language, shown.low, device.home())
    page = published().page(key, lambda: _render(instrument, language, GAP, {}, low=shown.low))
    door().leave_thanks(shown, page)
    return page.fill(shown.receipt)


def already(instrument: Instrument, language: str) -> Response:
    """What a browser sees that comes back to an open link that it has answered."""
    page = citizen.render("respond/already.html", language, languages=offered(instrument))
    return Response(page, mimetype="text/html")


def _render(
    instrument: Instrument | None,
    language: str,
    receipt: str,
    removed: Mapping[str, int],
    *,
    low: bool,
) -> str:
    return citizen.render(
        "respond/thanks.html",
        language,
        languages=offered(instrument),
        next_step=instrument.next_step(language) if instrument else "",
        receipt=receipt,
        removed=removed,
        low=low,
        kiosk_seconds=SCREEN_SECONDS,
    )
