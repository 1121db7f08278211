"""Answers as text: how drafts and the inbox keep them. Pure; `loads(dumps(x)) == x`."""

import json
from collections.abc import Mapping

from surveys.instrument import Answer, Instrument, Missing


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
        else instrument[item].domain.parse(kept["value"])
        for item, kept in json.loads(document).items()
    }
