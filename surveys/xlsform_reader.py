"""From an XLSForm to a document, or to everything in it that an instrument cannot carry."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel import Locale

from surveys import expressions, xlsform_sheets
from surveys.document import dumps, made
from surveys.domains import SOURCE_LANGUAGE
from surveys.errors import Defect, InvalidDefinition
from surveys.instrument import Missing
from surveys.wording import LANGUAGE_NAMES, say
from surveys.xlsform import REASONS, standing_alone
from surveys.xlsform_sheets import Row

_CODE = re.compile(r"\(([a-z]{2,3})\)\s*$")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_BETWEEN = re.compile(rf"\.\s*>=\s*{_NUMBER}\s+and\s+\.\s*<=\s*{_NUMBER}")
_DAY = r"date\('(\d{4}-\d{2}-\d{2})'\)"
_DAYS = re.compile(rf"\.\s*>=\s*{_DAY}\s+and\s+\.\s*<=\s*{_DAY}")
_LENGTH = re.compile(r"string-length\(\s*\.\s*\)\s*<=\s*(\d+)")
_NO = frozenset({"", "no", "false", "false()", "0"})
_TRACES = frozenset(
    {"start", "end", "today", "deviceid", "username", "phonenumber", "email", "audit", "simserial"}
)
_READ = frozenset(
    {
        "type", "name", "label", "hint", "required", "required_message", "relevant", "constraint",
        "appearance", "hoert_kind", "hoert_quoted", "hoert_decimals", "hoert_dont_know",
        "hoert_refusal", "hoert_faces", "hoert_companion_of",
    }
)  # fmt: skip
_NOTES = {"hoert_title": "title", "hoert_purpose": "purpose", "hoert_next_step": "next_step"}

Fields = dict[str, Any]


def read(content: bytes) -> str:
    """Read a workbook as the YAML text of a document.

    Raises InvalidDefinition with everything that an instrument cannot carry, each with its sheet
    and row. The document may still have defects of its own: see `definition.defects`.
    """
    return _Form(xlsform_sheets.read(content)).document()


@dataclass(slots=True)
class _Form:
    """A workbook on its way to a document. What cannot be carried is collected."""

    sheets: Mapping[str, Sequence[Row]]
    defects: list[Defect] = field(default_factory=list)
    default: str = SOURCE_LANGUAGE
    lists: dict[str, list[Row]] = field(default_factory=dict)
    scales: dict[str, list[Fields]] = field(default_factory=dict)
    sections: list[Fields] = field(default_factory=list)
    items: dict[str, Fields] = field(default_factory=dict)

    def document(self) -> str:
        settings = next(iter(self.sheets.get("settings", ())), Row("settings", {}, {}))
        self.default = self._language("settings", settings.get("default_language") or "(da)")
        self._unknown_columns("survey", _READ)
        self._unknown_columns("choices", {"list_name", "name", "label", "hoert_exclusive"})
        for row in self.sheets.get("choices", ()):
            self.lists.setdefault(row.get("list_name"), []).append(row)
        fields = self._head(settings)
        self._survey(fields)
        self._unused_scales()
        fields |= {"sections": self.sections, "scales": self.scales}
        if self.defects:
            raise InvalidDefinition(list(dict.fromkeys(self.defects)))
        return dumps(made(fields))

    def _cannot(self, path: str, cause: str, remedy: str) -> None:
        self.defects.append(Defect(path, cause, remedy))

    def _unknown_columns(self, sheet: str, known: Collection[str]) -> None:
        first: dict[str, Row] = {}
        for row in self.sheets.get(sheet, ()):
            for column in (*row.cells, *row.texts):
                if column not in known:
                    first.setdefault(column, row)
        for column, row in first.items():
            self._cannot(
                f"{row.place}, {column}",
                f"An instrument has no “{column}”.",
                "Empty the column, or say it in another way.",
            )

    def _language(self, place: str, name: str) -> str:
        code = _CODE.search(name)
        if code and code[1] in LANGUAGE_NAMES:
            return code[1]
        for known, own_name in LANGUAGE_NAMES.items():
            in_english = Locale.parse(known).get_display_name("en") or ""
            if name.casefold() in {known, own_name.casefold(), in_english.casefold()}:
                return known
        self._cannot(
            place,
            f"“{name}” is no language here.",
            f"Use one of {', '.join(LANGUAGE_NAMES)} in brackets: label::Dansk (da).",
        )
        return name

    def _texts(self, row: Row, column: str) -> dict[str, str]:
        return {
            self._language(f"the heading {column}::{name}", name) if name else self.default: text
            for name, text in row.texts.get(column, {}).items()
        }

    def _head(self, settings: Row) -> Fields:
        title = settings.get("form_title")
        fields: Fields = {
            "name": settings.get("form_id"),
            "version": settings.get("version") or "1",
            "audience": settings.get("hoert_audience") or "citizen",
            "also_asked": settings.get("hoert_also_asked").split(),
            "minutes": settings.get("hoert_minutes") or self._guessed_minutes(),
            "title": {self.default: title} if title else {},
        }
        try:
            fields["comparable_with"] = json.loads(settings.get("hoert_comparable_with") or "{}")
        except ValueError:
            self._cannot(
                f"{settings.place}, hoert_comparable_with",
                "It cannot be read.",
                'Write {"1": ["item"]}.',
            )
        return fields

    def _guessed_minutes(self) -> str:
        """A third of a minute for each question, as nothing says it."""
        asked = sum(bool(row.texts.get("label")) for row in self.sheets["survey"])
        return str(min(60, max(1, round(asked / 3))))

    def _survey(self, fields: Fields) -> None:
        group: Row | None = None
        grouped = True
        for row in self.sheets["survey"]:
            kind, rest = _type(row)
            match kind:
                case "begin_group" if group is not None:
                    self._cannot(
                        row.place, "A group stands in another group.", "Use one level of groups."
                    )
                case "begin_group":
                    group, grouped = row, True
                    self._begin(row.get("name"), self._texts(row, "label"))
                    if row.get("relevant"):
                        self._cannot(
                            f"{row.place}, relevant",
                            "A group has no condition.",
                            "Put the condition on each of its questions.",
                        )
                case "end_group":
                    group = None
                case "note" if row.get("name") in _NOTES:
                    fields[_NOTES[row.get("name")]] = self._texts(row, "label")
                case _:
                    if group is None and (grouped or not self.sections):
                        grouped = False
                        self._begin(f"part_{len(self.sections) + 1}", dict(fields["title"]))
                    self._question(row, kind, rest)

    def _begin(self, name: str, title: dict[str, str]) -> None:
        own = name.removeprefix("section_")
        section_id = own if _IDENTIFIER.fullmatch(own) else name
        self.sections.append({"id": section_id, "title": title, "items": []})

    def _question(self, row: Row, kind: str, rest: str) -> None:
        if parent := row.get("hoert_companion_of"):
            self._companion(row, parent)
            return
        fields: Fields = {"id": row.get("name"), "text": self._texts(row, "label")}
        if not _IDENTIFIER.fullmatch(fields["id"]):
            self._cannot(
                f"{row.place}, name",
                f"“{fields['id']}” is no name for a question.",
                "Use lower-case letters a–z, digits and _ only, at most 40.",
            )
        if hint := self._texts(row, "hint"):
            fields["help"] = hint
        if row.says_yes("required"):
            own = self._texts(row, "required_message")
            fields["required"] = own or {one: say("required", one) for one in fields["text"]}
        elif row.get("required").lower() not in _NO:
            self._cannot(
                f"{row.place}, required", "It depends on something.", "Write yes, or nothing."
            )
        if row.says_yes("hoert_quoted"):
            fields["quoted"] = True
        if row.get("relevant"):
            try:
                fields["ask_if"] = _rule(expressions.read(row.get("relevant")))
            except expressions.InvalidExpression as failure:
                self._cannot(
                    f"{row.place}, relevant",
                    f"The condition cannot be carried: {failure}.",
                    "Use =, >=, <= and selected() on earlier questions, with and/or.",
                )
        if self._domain(row, fields, kind, rest):
            self.items[fields["id"]] = fields
            self.sections[-1]["items"].append(fields)

    def _companion(self, row: Row, parent: str) -> None:
        asked = self.items.get(parent, {})
        code = row.get("name").removeprefix(f"{parent}__")
        categories = asked.get("categories") or self.scales.get(asked.get("scale", ""), [])
        chosen = next((one for one in categories if one["code"] == code), None)
        if chosen is None:
            self._cannot(
                f"{row.place}, hoert_companion_of",
                f"“{parent}” has no answer “{code}”.",
                "The words for an answer follow its question, named question__answer.",
            )
            return
        chosen["specify"] = self._texts(row, "label")

    def _domain(self, row: Row, fields: Fields, kind: str, rest: str) -> bool:
        """Read what counts as an answer; False where it is no question of ours."""
        match kind:
            case "select_one" | "select_multiple" if rest in self.lists:
                self._closed(row, fields, kind, rest)
            case "text" | "string":
                fields["kind"] = "text"
                if length := _LENGTH.fullmatch(row.get("constraint")):
                    fields["maximum"] = length[1]
                elif row.get("constraint"):
                    self._limits_unread(row, "string-length(.) <= 2000")
            case "integer" | "int" | "decimal":
                fields["kind"] = "number"
                decimals = "2" if kind == "decimal" else "0"
                fields["decimals"] = row.get("hoert_decimals") or decimals
                if limits := _BETWEEN.fullmatch(row.get("constraint")):
                    fields["minimum"], fields["maximum"] = limits.groups()
                else:
                    self._limits_unread(row, ". >= 0 and . <= 100")
            case "date":
                fields["kind"] = "date"
                if limits := _DAYS.fullmatch(row.get("constraint")):
                    fields["earliest"], fields["latest"] = limits.groups()
                else:
                    self._limits_unread(row, ". >= date('2026-01-01') and . <= date('2026-12-31')")
            case _:
                self._cannot(f"{row.place}, type", *_no_question(kind, rest))
                return False
        for column, name in (("hoert_dont_know", "dont_know"), ("hoert_refusal", "refusal")):
            if row.says_yes(column):
                fields[name] = True
        return True

    def _limits_unread(self, row: Row, example: str) -> None:
        self._cannot(
            f"{row.place}, constraint",
            "The limits are missing, or of another kind.",
            f"Write {example}",
        )

    def _closed(self, row: Row, fields: Fields, kind: str, rest: str) -> None:
        rows = self.lists[rest]
        codes = [one.get("name") for one in rows]
        for reason in REASONS:
            if reason.value in codes:
                fields["dont_know" if reason is Missing.DONT_KNOW else "refusal"] = True
        categories = [
            self._category(one)
            for one in rows
            if one.get("name") not in {reason.value for reason in REASONS}
        ]
        numbered = all(one["code"].isdecimal() for one in categories)
        if kind == "select_multiple":
            fields |= {"kind": "multiple", "categories": categories}
        elif row.get("hoert_kind") == "scale" or (not row.get("hoert_kind") and numbered):
            name = rest
            for end in reversed(REASONS.values()):
                name = name.removesuffix(end)
            fields |= {"kind": "scale", "scale": name}
            self.scales.setdefault(name, categories)
            if row.says_yes("hoert_faces"):
                fields["faces"] = True
        else:
            fields |= {"kind": "single", "categories": categories}
        alone = [one["code"] for one in categories if one.get("exclusive")]
        alone += [reason.value for reason in REASONS if reason.value in codes]
        expected = standing_alone(alone) if kind == "select_multiple" else ""
        if row.get("constraint") not in {"", expected}:
            self._cannot(
                f"{row.place}, constraint",
                "An answer to choose has no such limits.",
                "Mark answers that stand alone with yes in hoert_exclusive on the sheet choices.",
            )

    def _category(self, row: Row) -> Fields:
        fields: Fields = {"code": row.get("name"), "label": self._texts(row, "label")}
        if row.says_yes("hoert_exclusive"):
            fields["exclusive"] = True
        return fields

    def _unused_scales(self) -> None:
        """Numbered lists that no question draws on are scales all the same."""
        used = {_type(row)[1] for row in self.sheets["survey"]}
        for name, rows in self.lists.items():
            points = [self._category(row) for row in rows]
            if name not in used and all(one["code"].isdecimal() for one in points):
                self.scales.setdefault(name, points)


def _type(row: Row) -> tuple[str, str]:
    words = row.get("type").split()
    if words[:2] in (["begin", "group"], ["end", "group"], ["select", "one"]):
        words = ["_".join(words[:2]), *words[2:]]
    return (words[0] if words else "", " ".join(words[1:]))


def _no_question(kind: str, rest: str) -> tuple[str, str]:
    if kind in {"select_one", "select_multiple"}:
        return (
            f"There is no list “{rest}”, or more than a list is asked for.",
            "Name one list of the sheet choices. Write “other” as an answer of its own.",
        )
    if kind in _TRACES:
        return (
            f"“{kind}” would say who answers, or when.",
            "Remove the row: nothing of the kind is kept.",
        )
    if kind == "note":
        return (
            "A note is no question.",
            "Put the words in the hint of the question after it. The purpose and what happens next"
            " are notes named hoert_purpose and hoert_next_step.",
        )
    return (
        f"There is no question of type “{kind}”.",
        "Use select_one, select_multiple, text, integer, decimal or date.",
    )


def _rule(rule: expressions.Rule) -> Fields:
    parts = [[test.model_dump(exclude_defaults=True) for test in tests] for tests in rule]
    together: list[Fields] = [tests[0] if len(tests) == 1 else {"all": tests} for tests in parts]
    return together[0] if len(together) == 1 else {"any": together}
