"""Help at once where somebody's words may speak of self-harm or danger: a quiet page, then on.

Nothing about it is stored, logged or told to staff. That it was shown stands in the form alone.
"""

from collections.abc import Sequence
from typing import Final

from flask import Response

from surveys.concern import concern
from surveys.instrument import Instrument, Text
from webapp import citizen, forms

SEEN: Final = "care"
"""The field of a form whose writer has seen the page. Once is enough."""


def is_due(instrument: Instrument, posted: forms.Posted) -> bool:
    """Whether what was posted calls for the page."""
    return not posted.get(SEEN) and any(
        concern(text)
        for item in instrument
        if isinstance(item.domain, Text)
        for text in posted.getlist(forms.PREFIX + item.id)
    )


def page(
    language: str,
    *,
    address: str = "",
    fields: Sequence[tuple[str, str]] = (),
    button: str = "",
) -> Response:
    """The page. It leads on to an address, or by a button of a form that carries these fields."""
    shown = citizen.render(
        "respond/care.html",
        language,
        languages=(),
        address=address,
        fields=fields,
        button=button,
        seen=SEEN,
    )
    return Response(shown, mimetype="text/html")
