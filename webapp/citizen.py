"""A page in the layout that respondents see, in their language."""

from collections.abc import Iterable
from functools import partial

from flask import render_template

from surveys import introduction, languages, wording
from surveys.instrument import SOURCE_LANGUAGE, Instrument
from webapp import device, running
from webapp.look import asset
from webapp.published import published


def offered(instrument: Instrument | None = None) -> tuple[str, ...]:
    """The languages that the product and, where there is one, the instrument speak."""
    return languages.offered(published().drafts(running().clock()), instrument)


def spoken(wanted: str | None, languages: Iterable[str]) -> str:
    """The language to use: the wanted one where it is offered, else Danish.

    Nothing is read from the browser's own settings: a phone set to English is no sign that its
    owner wants to leave Danish, and the choice is on every page.
    """
    return wanted if wanted in set(languages) else SOURCE_LANGUAGE


def render(
    template: str, language: str, *, languages: Iterable[str] | None = None, **context: object
) -> str:
    """Render a template that extends `citizen.html`.

    It gets `say(code, **words)` in the page's language, `language`, `direction`, the `languages`
    to choose from, `asset`, the municipality and its help phone, and the rest of the context.
    `kiosk` is the screen in a reception that it is shown on.
    """
    settings = running().settings
    return render_template(
        template,
        language=language,
        direction=wording.direction(language),
        languages=tuple(offered() if languages is None else languages),
        names=wording.LANGUAGE_NAMES,
        say=partial(_say, language),
        introduction=introduction,
        asset=asset,
        municipality=settings.municipality,
        help_phone=settings.help_phone,
        call_back=settings.call_back,
        colour=(settings.municipality_colour or "#14506e").lstrip("#"),
        kiosk=device.here(),
        **context,
    )


def _say(language: str, code: str, **words: object) -> str:
    return wording.say(code, language, **words)
