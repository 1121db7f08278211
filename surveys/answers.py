"""Answers as text: how drafts and the inbox keep them. Pure; `loads(dumps(x)) == x`."""

import json
from collections.abc import Mapping

from surveys.instrument import Answer, Instrument, Missing, Text, Value


def dumps(instrument: Instrument, answers: Mapping[str, Answer]) -> str:
    """Write answers as JSON: {"item": {"value": …}} or {"item": {"missing": reason}}."""
    return json.dumps(
        {
            item: {"missing": answer.value}
            if isinstance(answer, Missing)
            else {"value": instrument[item].domain.render(answer)}
            for item, answer in answers.items()
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def loads(instrument: Instrument, document: str) -> dict[str, Answer]:
    """Read what `dumps` wrote for the same version of the instrument."""
    return {
        item: Missing(kept["missing"])
        if "missing" in kept
        else _value(instrument, item, kept["value"])
        for item, kept in json.loads(document).items()
    }


def _value(instrument: Instrument, item: str, kept: object) -> Value:
    domain = instrument[item].domain
    # Masking can make a text longer than its limit, so what was taken once is not measured again
    return kept if isinstance(domain, Text) and isinstance(kept, str) else domain.parse(kept)
