"""What is wrong beside the fields that are wrong: all the defects of a document at once.

A field that cannot be read gets a stand-in, so that the rest of the document can be looked at. What
is said of a stand-in, or of what depends on it, is said of nobody's words and left out.
"""

from collections.abc import Callable
from copy import deepcopy
from itertools import count
from typing import Any, Final

from pydantic import ValidationError

from surveys import plain_yaml
from surveys.document import Document, defect_of
from surveys.domains import SOURCE_LANGUAGE
from surveys.errors import Defect

_ROUNDS: Final = 6
_WORDS: Final = frozenset({"title", "purpose", "next_step", "text", "label"})
_LISTS: Final = frozenset({"sections", "items", "categories"})
_NAMES: Final = frozenset({"id", "name", "scale", "code", "kind"})
"""What rules and scales speak of: with a stand-in there nothing can be said of them."""
_FIXED: Final = {
    "version": "1",
    "minutes": "1",
    "audience": "citizen",
    "minimum": "0",
    "maximum": "4000",
    "decimals": "0",
    "earliest": "2026-01-01",
    "latest": "2026-01-01",
}


def mended(
    document: str | bytes,
) -> tuple[tuple[Defect, ...], Document | None, Callable[[Defect], bool]]:
    """The fields that are wrong, the document with stand-ins for them, and what may be said of it.

    There is no document where no stand-in helps. Raises InvalidDefinition for what is no YAML.
    """
    fields = deepcopy(plain_yaml.read(document))
    numbers = count(1)
    wrong: tuple[Defect, ...] = ()
    touched: list[str] = []
    for _ in range(_ROUNDS):
        try:
            made = Document.model_validate(fields)
        except ValidationError as error:
            details = error.errors()
        else:
            return wrong, made, _known_beside(touched)
        found = [defect_of(detail) for detail in details]
        wrong = wrong or tuple(found)
        for defect, detail in zip(found, details, strict=True):
            _put(fields, defect.path.split("."), detail["type"], next(numbers))
            touched.append(defect.path)
    return wrong, None, lambda _: False


def _known_beside(paths: list[str]) -> Callable[[Defect], bool]:
    ends = {path.rpartition(".")[2] for path in paths}
    names_are_known = not (ends & _NAMES or any(end.isdecimal() for end in ends))
    version_is_known = "version" not in paths
    title_is_known = "title" not in paths

    def is_known(defect: Defect) -> bool:
        path = defect.path
        if any(f"{path}.".startswith(f"{one}.") or one.startswith(f"{path}.") for one in paths):
            return False
        if path.startswith("comparable_with") and not version_is_known:
            return False
        speaks_of_names = path.endswith(".ask_if") or path.startswith("comparable_with")
        speaks_of_names |= defect.cause == "No question uses it."
        return (names_are_known or not speaks_of_names) and (
            title_is_known or not defect.cause.startswith("It has “")
        )

    return is_known


def _put(fields: Any, steps: list[str], kind: str, number: int) -> None:
    """Put a stand-in where a path leads; where there is no such place, nothing."""
    if "ask_if" in steps:
        steps, kind = steps[: steps.index("ask_if") + 1], "extra_forbidden"
    try:
        holder = fields
        for step in steps[:-1]:
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        if isinstance(holder, list):
            place = int(steps[-1])
            if isinstance(holder[place], dict):
                holder[place] = _entry(holder[place], number)
            else:
                del holder[place]
        elif kind == "extra_forbidden":
            del holder[steps[-1]]
        else:
            _fill(holder, steps, number)
    except (AttributeError, KeyError, IndexError, ValueError, TypeError):
        return


def _entry(entry: dict[str, Any], number: int) -> dict[str, Any]:
    """A question of a kind that nobody knows is looked at as one of words."""
    return {
        "id": f"x_{number}",
        "text": "–",
        **{k: entry[k] for k in ("id", "text") if k in entry},
    } | {"kind": "text"}


def _fill(holder: dict[str, Any], steps: list[str], number: int) -> None:
    name = steps[-1]
    in_scales = len(steps) == 2 and steps[0] == "scales"
    if name in _WORDS:
        holder[name] = {SOURCE_LANGUAGE: "–"}
    elif name in _FIXED:
        holder[name] = _FIXED[name]
    elif name == "kind":
        holder[name] = "text"
    elif name == "code":
        holder[name] = str(9000 + number)
    elif name in _NAMES:
        holder[name] = f"x_{number}"
    elif name in _LISTS or in_scales:
        holder[name] = [*_some(holder.get(name)), *_more(name, number)]
    elif isinstance(holder.get(name), str) and len(name) == 2:
        holder[name] = "–"
    else:
        holder.pop(name, None)


def _some(entries: Any) -> list[Any]:
    return entries if isinstance(entries, list) else []


def _more(name: str, number: int) -> list[Any]:
    question = {"id": f"x_{number}", "text": "–", "kind": "text"}
    if name == "items":
        return [question]
    if name == "sections":
        return [{"id": f"x_{number}", "title": "–", "items": [{**question, "id": f"y_{number}"}]}]
    return [{"code": str(9000 + 2 * number + one), "label": "–"} for one in range(2)]
