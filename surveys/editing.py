"""Changing a document that may have defects: its fields as they are typed, moved and removed. Pure.

A field is named by its path, as defects name it: `sections.0.items.2.text`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from surveys.document import parse
from surveys.domains import SOURCE_LANGUAGE
from surveys.instrument import Missing

Fields = dict[str, Any]

KINDS: Final = ("scale", "single", "multiple", "text", "number", "date")
_NUMBERS: Final = {
    "text": {"maximum": "2000"},
    "number": {"minimum": "0", "maximum": "100", "decimals": "0"},
    "date": {"earliest": "2026-01-01", "latest": "2030-12-31"},
}
_SWITCHES: Final = ("dont_know", "refusal", "quoted", "faces")
_TEST: Final = re.compile(r"([a-z][a-z0-9_]*)\s*(=|>=|<=|er)\s*(.+)")


def fields_of(document: str) -> Fields:
    """The fields of a sound document. Raises InvalidDefinition."""
    fields: Fields = parse(document).model_dump(mode="json", exclude_defaults=True)
    return fields


def numbered(fields: Fields, name: str, version: int) -> Fields:
    """The same under a name and a version."""
    return {**fields, "name": name, "version": version}


def blank() -> Fields:
    """An instrument in which nothing is written yet."""
    return {
        "audience": "citizen",
        "minutes": 2,
        "title": {},
        "purpose": {SOURCE_LANGUAGE: ""},
        "next_step": {SOURCE_LANGUAGE: ""},
        "scales": {},
        "sections": [{"id": "section_1", "title": {SOURCE_LANGUAGE: ""}, "items": []}],
    }


def languages(fields: Fields) -> tuple[str, ...]:
    """The languages of the title, which are those of the instrument."""
    return tuple(fields.get("title", {}))


def items(fields: Fields) -> Iterator[tuple[str, Fields]]:
    """Every question with its path."""
    for s, section in enumerate(fields["sections"]):
        for i, item in enumerate(section["items"]):
            yield f"sections.{s}.items.{i}", item


def texts(fields: Fields) -> Iterator[tuple[str, dict[str, str]]]:
    """Every text with its path, in the order in which it is read."""
    for name in ("title", "purpose", "next_step"):
        yield name, fields.setdefault(name, {})
    for s, section in enumerate(fields["sections"]):
        yield f"sections.{s}.title", section["title"]
        for i, item in enumerate(section["items"]):
            path = f"sections.{s}.items.{i}"
            for name in ("text", "help", "required"):
                if name in item:
                    yield f"{path}.{name}", item[name]
            yield from _labels(f"{path}.categories", item.get("categories", ()))
    for name, points in fields.get("scales", {}).items():
        yield from _labels(f"scales.{name}", points)


def _labels(path: str, categories: Sequence[Fields]) -> Iterator[tuple[str, dict[str, str]]]:
    for place, category in enumerate(categories):
        yield f"{path}.{place}.label", category["label"]
        if "specify" in category:
            yield f"{path}.{place}.specify", category["specify"]


def retyped(fields: Fields, typed: Mapping[str, str], base_version: int | None = None) -> Fields:
    """The fields with what somebody typed: the source language and everything that is no text.

    A switch that is not among `typed` is off. `base_version` is the one that items marked
    `comparable.<id>` go on from.
    """
    new = deepcopy(fields)
    for name in ("title", "purpose", "next_step"):
        _set_text(new, name, name, typed, needed=True)
    for name in ("minutes", "audience"):
        if name in typed:
            new[name] = typed[name].strip()
    if "audience" in typed:
        new["also_asked"] = [key[11:] for key in typed if key.startswith("also_asked.")]
    for name, points in new.get("scales", {}).items():
        _set_categories(points, f"scales.{name}", typed)
    for s, section in enumerate(new["sections"]):
        _set_text(section, "title", f"sections.{s}.title", typed, needed=True)
    for path, item in items(new):
        _set_item(new, item, path, typed)
    if base_version is not None:
        marked = [item["id"] for _, item in items(new) if f"comparable.{item['id']}" in typed]
        known = {int(version): ids for version, ids in new.get("comparable_with", {}).items()}
        # What does not go on from the last version does not go on from those before it
        kept = {
            version: [name for name in ids if name in marked or _same(fields, new, name)]
            for version, ids in known.items()
            if version < base_version
        }
        known = {**kept, base_version: marked}
        new["comparable_with"] = {str(version): ids for version, ids in known.items() if ids}
    return new


def _same(before: Fields, after: Fields, name: str) -> bool:
    found = [
        next((item for _, item in items(fields) if item["id"] == name), None)
        for fields in (before, after)
    ]
    return found[0] is not None and found[0] == found[1]


def _set_item(fields: Fields, item: Fields, path: str, typed: Mapping[str, str]) -> None:
    if f"{path}.text" not in typed:
        return
    if new_id := typed.get(f"{path}.id", "").strip():
        item["id"] = new_id
    _set_text(item, "text", f"{path}.text", typed, needed=True)
    _set_text(item, "help", f"{path}.help", typed)
    _set_text(item, "required", f"{path}.required", typed)
    for name in _SWITCHES:
        item.pop(name, None)
        if f"{path}.{name}" in typed:
            item[name] = True
    for name in (*_NUMBERS.get(item["kind"], {}), *(["scale"] if item["kind"] == "scale" else [])):
        if f"{path}.{name}" in typed:
            item[name] = typed[f"{path}.{name}"].strip().replace(",", ".")
    _set_categories(item.get("categories", []), f"{path}.categories", typed)
    if f"{path}.ask_if" in typed:
        item.pop("ask_if", None)
        rule = typed[f"{path}.ask_if"].strip()
        if rule:
            item["ask_if"] = read_rule(rule)


def _set_categories(categories: Sequence[Fields], path: str, typed: Mapping[str, str]) -> None:
    for place, category in enumerate(categories):
        here = f"{path}.{place}"
        _set_text(category, "label", f"{here}.label", typed, needed=True)
        _set_text(category, "specify", f"{here}.specify", typed)
        if f"{here}.label" in typed:
            category.pop("exclusive", None)
            if f"{here}.exclusive" in typed:
                category["exclusive"] = True


def _set_text(
    node: Fields, name: str, path: str, typed: Mapping[str, str], *, needed: bool = False
) -> None:
    if path not in typed:
        return
    words = _words(typed[path])
    if words or needed:
        node[name] = {SOURCE_LANGUAGE: words} | {
            language: text
            for language, text in node.get(name, {}).items()
            if language != SOURCE_LANGUAGE
        }
    else:
        node.pop(name, None)


def _words(typed: str) -> str:
    return typed.replace("\r\n", "\n").strip()


def translated(fields: Fields, language: str, typed: Mapping[str, str]) -> Fields:
    """The fields with what somebody typed in another language; a text left empty has none."""
    new = deepcopy(fields)
    for path, words in texts(new):
        text = _words(typed.get(path, ""))
        if text:
            words[language] = text
        else:
            words.pop(language, None)
    return new


def without_language(fields: Fields, language: str) -> Fields:
    """The fields with every text in a language taken out."""
    return translated(fields, language, {})


def changed(before: Fields, after: Fields) -> list[str]:
    """The paths of the texts whose source is not what it was, and that are translated."""
    old = {path: words.get(SOURCE_LANGUAGE) for path, words in texts(before)}
    return [
        path
        for path, words in texts(after)
        if path in old and old[path] != words.get(SOURCE_LANGUAGE) and len(words) > 1
    ]


def done(fields: Fields, act: str, kind: str = "", scales: Fields | None = None) -> Fields:
    """The fields after one act: `up`, `down` or `remove` and a path; `item`, `category`, `section`.

    `kind` is that of a new question, `scales` are those it may use. An act that makes no sense
    changes nothing.
    """
    new = deepcopy(fields)
    verb, _, path = act.partition(" ")
    match verb:
        case "section":
            added = {"id": _free(new, "section"), "title": {SOURCE_LANGUAGE: ""}, "items": []}
            new["sections"].append(added)
        case "item" if kind in KINDS:
            section = _node(new, path)
            if isinstance(section, dict) and isinstance(section.get("items"), list):
                section["items"].append(_new_item(new, kind, scales or {}))
        case "category":
            categories = _node(new, path)
            if isinstance(categories, list):
                codes = {category["code"] for category in categories}
                code = next(f"a{n}" for n in range(1, 1000) if f"a{n}" not in codes)
                categories.append({"code": code, "label": {SOURCE_LANGUAGE: ""}})
        case "up" | "down" | "remove":
            _moved(new, verb, path)
    used = {item.get("scale") for _, item in items(new)}
    known = {**_spoken(scales or {}, languages(new)), **new.get("scales", {})}
    new["scales"] = {name: points for name, points in known.items() if name in used}
    return new


def _spoken(scales: Fields, names: Sequence[str]) -> Fields:
    """Scales in the languages of an instrument only."""
    return {
        scale: [
            {**point, "label": {name: point["label"].get(name, "") for name in names}}
            for point in points
        ]
        for scale, points in scales.items()
    }


def _moved(fields: Fields, verb: str, path: str) -> None:
    above, _, last = path.rpartition(".")
    siblings = _node(fields, above)
    if not isinstance(siblings, list) or not last.isdecimal() or int(last) >= len(siblings):
        return
    place = int(last)
    if verb == "remove":
        del siblings[place]
        return
    other = place + (1 if verb == "down" else -1)
    if 0 <= other < len(siblings):
        siblings[place], siblings[other] = siblings[other], siblings[place]
    elif siblings is not fields["sections"] and above.endswith(".items"):
        # Beyond the edge of a section is the next one
        section = int(above.split(".")[1]) + (1 if verb == "down" else -1)
        if 0 <= section < len(fields["sections"]):
            item = siblings.pop(place)
            there = fields["sections"][section]["items"]
            there.insert(0 if verb == "down" else len(there), item)


def _node(fields: Fields, path: str) -> Any:
    node: Any = fields
    for step in path.split("."):
        if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        elif isinstance(node, dict) and step in node:
            node = node[step]
        else:
            return None
    return node


def _new_item(fields: Fields, kind: str, scales: Fields) -> Fields:
    item: Fields = {"id": _free(fields, "q"), "kind": kind, "text": {SOURCE_LANGUAGE: ""}}
    item |= _NUMBERS.get(kind, {})
    if kind in {"single", "multiple"}:
        item["categories"] = [
            {"code": code, "label": {SOURCE_LANGUAGE: ""}} for code in ("a1", "a2")
        ]
    if kind == "scale":
        item["scale"] = next(iter({**fields.get("scales", {}), **scales}), "")
        item[Missing.DONT_KNOW.value] = True
    return item


def _free(fields: Fields, prefix: str) -> str:
    taken = {item["id"] for _, item in items(fields)}
    taken |= {section["id"] for section in fields["sections"]}
    stem = f"{prefix}_" if prefix == "section" else prefix
    return next(f"{stem}{n}" for n in range(1, 10_000) if f"{stem}{n}" not in taken)


def rule_text(rule: object) -> str:
    """A rule as staff write it: `role = staff, partner og alder >= 18`, one line an alternative."""
    if not isinstance(rule, dict):
        return str(rule or "")
    parts = rule.get("any", [rule])
    return "\n".join(" og ".join(map(_test_text, part.get("all", [part]))) for part in parts)


def _test_text(test: Fields) -> str:
    item = test["item"]
    if "equals" in test:
        return f"{item} = {test['equals']}"
    if "one_of" in test:
        return f"{item} = {', '.join(test['one_of'])}"
    if "at_least" in test:
        return f"{item} >= {test['at_least']}"
    if "at_most" in test:
        return f"{item} <= {test['at_most']}"
    return f"{item} er besvaret"


def read_rule(text: str) -> object:
    """A rule from what staff wrote; the text itself where it is none, which is a defect."""
    parts: list[Fields] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        tests = [_test(part.strip()) for part in re.split(r"\s+og\s+", line)]
        if None in tests:
            return text
        found = [test for test in tests if test is not None]
        parts.append(found[0] if len(found) == 1 else {"all": found})
    return parts[0] if len(parts) == 1 else {"any": parts}


def _test(text: str) -> Fields | None:
    match = _TEST.fullmatch(text)
    if match is None:
        return None
    item, sign, value = match[1], match[2], match[3].strip()
    if sign == "er":
        return {"item": item, "answered": True} if value == "besvaret" else None
    if sign == ">=":
        return {"item": item, "at_least": value.replace(",", ".")}
    if sign == "<=":
        return {"item": item, "at_most": value.replace(",", ".")}
    codes = [code.strip() for code in value.split(",")]
    return (
        {"item": item, "equals": codes[0]} if len(codes) == 1 else {"item": item, "one_of": codes}
    )


def differences(mine: Fields, theirs: Fields) -> list[tuple[str, str, str]]:
    """Where two people's versions differ: the path, what is in the one and what in the other."""
    one, other = dict(_leaves(mine, "")), dict(_leaves(theirs, ""))
    return [
        (path, one.get(path, ""), other.get(path, ""))
        for path in dict.fromkeys((*one, *other))
        if one.get(path, "") != other.get(path, "")
    ]


def _leaves(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from _leaves(value, f"{path}.{place}")
    else:
        yield path, str(node)
