"""Relevance as XLSForm writes it: `${role} = 'staff' and ${age} >= 18`, in XPath's words.

What a rule of ours can say is written and read again; anything else is refused. A missing answer
is never compared: "Ved ikke" is a code in XLSForm, so it is excluded by name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from surveys.document import (
    ConditionEntry,
    Document,
    ItemEntry,
    MultipleEntry,
    TextEntry,
    alternatives,
)

MOST_ALTERNATIVES = 50
_REASONS = ("dont_know", "refused")
_TOKEN = re.compile(
    r"\s*(?:\$\{(?P<item>[^}]*)\}|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\""
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<sign><=|>=|!=|=|<|>|\(|\)|,)|(?P<word>[a-z-]+))"
)

Rule = list[list[ConditionEntry]]


class InvalidExpression(ValueError):
    """An expression that no rule of ours can say; the text says which part."""


def written(document: Document, item: ItemEntry) -> str:
    """A question's rule as an expression; "" for none."""
    items = {one.id: one for _, one in document.places}
    rule = alternatives(item)
    return " or ".join(
        " and ".join(_condition(test, items[test.item]) for test in tests) for tests in rule
    )


def _condition(test: ConditionEntry, asked: ItemEntry) -> str:
    if test.equals is not None:
        return _equals(asked, test.equals)
    if test.one_of is not None:
        return f"({' or '.join(_equals(asked, code) for code in test.one_of)})"
    if test.at_least is not None:
        return f"${{{asked.id}}} >= {test.at_least:f}"
    if test.at_most is not None:
        return f"${{{asked.id}}} <= {test.at_most:f}"
    reasons = [
        reason
        for reason, offered in zip(_REASONS, (asked.dont_know, asked.refusal), strict=True)
        if offered and not isinstance(asked, TextEntry)
    ]
    others = [f"not({_equals(asked, reason)})" for reason in reasons]
    return " and ".join([f"${{{asked.id}}} != ''", *others])


def _equals(asked: ItemEntry, code: str) -> str:
    if isinstance(asked, MultipleEntry):
        return f"selected(${{{asked.id}}}, '{code}')"
    return f"${{{asked.id}}} = '{code}'"


def read(expression: str) -> Rule:
    """An expression as alternatives of conditions. Raises InvalidExpression."""
    reader = _Reader(_tokens(expression))
    rule = reader.alternatives()
    if reader.left:
        raise InvalidExpression(f"“{reader.left[0].text}” is not expected there")
    return [[test for test in tests if test is not _NOTHING] for tests in rule]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


_NOTHING = ConditionEntry(item="nothing")
"""Stands for a test that a rule of ours makes by itself."""


def _tokens(expression: str) -> list[_Token]:
    found, place = [], 0
    expression = expression.strip()
    while place < len(expression):
        match = _TOKEN.match(expression, place)
        if match is None or match.lastgroup is None:
            raise InvalidExpression(f"“{expression[place : place + 20].strip()}” is not understood")
        kind = "text" if match.lastgroup in {"single", "double"} else match.lastgroup
        found.append(_Token(kind, match[match.lastgroup]))
        place = match.end()
    return found


class _Reader:
    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.left = list(tokens)

    def alternatives(self) -> Rule:
        rule = self._together()
        while self._next("word", "or"):
            rule = [*rule, *self._together()]
        if len(rule) > MOST_ALTERNATIVES:
            raise InvalidExpression("it has too many alternatives")
        return rule

    def _together(self) -> Rule:
        parts = [self._part()]
        while self._next("word", "and"):
            parts.append(self._part())
        if len(parts) > 1 and sum(map(len, parts)) > MOST_ALTERNATIVES:
            raise InvalidExpression("it has too many alternatives")
        return [[test for tests in chosen for test in tests] for chosen in product(*parts)]

    def _part(self) -> Rule:
        if self._next("sign", "("):
            inner = self.alternatives()
            self._take("sign", ")")
            return _one_of(inner)
        if self._next("word", "not"):
            self._take("sign", "(")
            denied = self._part()
            self._take("sign", ")")
            if [[test.equals in _REASONS for test in tests] for tests in denied] != [[True]]:
                raise InvalidExpression("“not” is only understood of dont_know and refused")
            return [[_NOTHING]]
        if self._next("word", "selected"):
            self._take("sign", "(")
            item = self._take("item").text
            self._take("sign", ",")
            code = self._take("text").text
            self._take("sign", ")")
            return [[_made(item, equals=code)]]
        return [[self._comparison()]]

    def _comparison(self) -> ConditionEntry:
        item = self._take("item").text
        sign = self._take("sign").text
        if not self.left or self.left[0].kind not in {"text", "number"}:
            raise InvalidExpression(f"“${{{item}}} {sign}” is not compared with a value")
        value = self.left.pop(0).text
        match sign:
            case "=":
                return _made(item, equals=value)
            case "!=" if value == "":
                return _made(item, answered=True)
            case "!=" if value in _REASONS:
                return _NOTHING
            case ">=" | "<=":
                try:
                    limit = Decimal(value)
                except ArithmeticError:
                    raise InvalidExpression(f"“{value}” is not a number") from None
                return _made(item, **{"at_least" if sign == ">=" else "at_most": limit})
        raise InvalidExpression(f"“{sign}” is not understood: use =, >= or <=")

    def _next(self, kind: str, text: str) -> bool:
        if self.left and self.left[0] == _Token(kind, text):
            self.left.pop(0)
            return True
        return False

    def _take(self, kind: str, text: str | None = None) -> _Token:
        if not self.left:
            raise InvalidExpression("it ends too early")
        token = self.left.pop(0)
        if token.kind != kind or (text is not None and token.text != text):
            raise InvalidExpression(f"“{token.text}” is not expected there")
        return token


def _one_of(rule: Rule) -> Rule:
    """Alternatives in brackets that ask one question for several answers are one condition."""
    tests = [test for tests in rule for test in tests]
    asked = {test.item for test in tests}
    codes = [test.equals for test in tests if test.equals is not None]
    if len(asked) == 1 and len(codes) == len(tests) == len(rule):
        return [[_made(tests[0].item, one_of=codes)]]
    return rule


def _made(item: str, **test: object) -> ConditionEntry:
    try:
        return ConditionEntry.model_validate({"item": item, **test})
    except ValueError:
        raise InvalidExpression(
            f"“{item}” or what it is compared with has other signs than a–z, 0–9, _"
        ) from None
