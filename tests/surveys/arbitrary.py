"""Arbitrary instruments, arbitrary answers to them, and whatever else people send."""

from collections.abc import Callable, Mapping

from hypothesis import strategies as st

from surveys.instrument import (
    Answer,
    Category,
    CodeList,
    Comparison,
    Condition,
    Date,
    Domain,
    Instrument,
    InternationalString,
    Item,
    Missing,
    MultiCode,
    Number,
    Relevance,
    Scale,
    Section,
    Text,
    Value,
    clean,
)
from surveys.interview import Interview, Step

LANGUAGES = ("da", "en")
CODES = ("red", "green", "blue", "other")

NASTY = "\ud800\udfff\x00\x1b\x85\r\n\t \u0301\u200b\u2028\u202e\ufeff٣aå,.-[]{}%"

any_text = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=30), st.text(NASTY, max_size=12)
)
"""Half surrogates, NUL and right-to-left marks included, and often."""

junk = st.one_of(
    st.none(),
    any_text,
    st.sampled_from(
        [
            "dont_know",
            "refused",
            "skipped",
            "NaN",
            "-Infinity",
            "1e999999",
            "1,5,5",
            "9" * 5000,
            "1.1.99999999999999999999",
            "31.02.2026",
            "\ud800",
            "\x00",
            "a" * 20_000,
            "' OR 1=1 --",
            "<script>alert(1)</script>",
            "{0.__class__}",
        ]
    ),
    st.binary(max_size=8),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.lists(st.one_of(st.sampled_from([*CODES, "dont_know"]), any_text, st.none()), max_size=4),
    st.dictionaries(any_text, any_text, max_size=2),
    st.just([["red"]]),
)


def said(words: str) -> InternationalString:
    return InternationalString({"da": words, "en": f"{words} (en)"})


@st.composite
def _categories(draw: st.DrawFn, codes: tuple[str, ...]) -> tuple[Category, ...]:
    chosen = draw(st.lists(st.sampled_from(codes), min_size=2, max_size=4, unique=True))
    return tuple(
        Category(
            code,
            said(f"Svar {code}"),
            exclusive=draw(st.booleans()),
            specify=said("Hvilket?") if draw(st.booleans()) else None,
        )
        for code in chosen
    )


@st.composite
def _numbers(draw: st.DrawFn) -> Number:
    decimals = draw(st.integers(0, 4))
    limits = draw(
        st.lists(st.decimals(-(10**7), 10**7, places=decimals), min_size=2, max_size=2).map(sorted)
    )
    return Number(limits[0], limits[1], decimals)


@st.composite
def _dates(draw: st.DrawFn) -> Date:
    earliest, latest = sorted((draw(st.dates()), draw(st.dates())))
    return Date(earliest, latest)


def domains() -> st.SearchStrategy[Domain]:
    return st.one_of(
        _categories(("5", "4", "3", "2", "1")).map(
            lambda points: Scale(
                tuple(Category(point.code, point.label, specify=point.specify) for point in points)
            )
        ),
        _categories(CODES).map(CodeList),
        _categories(CODES).map(MultiCode),
        st.integers(1, 60).map(Text),
        _numbers(),
        _dates(),
    )


def values(domain: Domain) -> st.SearchStrategy[Value]:
    """Every value that a domain has."""
    match domain:
        case Scale(categories):
            return st.sampled_from([int(category.code) for category in categories])
        case CodeList(categories):
            return st.sampled_from([category.code for category in categories])
        case MultiCode(categories):
            alone = [(category.code,) for category in categories if category.exclusive]
            rest = [category.code for category in categories if not category.exclusive]
            several = st.sets(st.sampled_from(rest), min_size=1) if rest else st.nothing()
            return st.one_of(
                st.sampled_from(alone) if alone else st.nothing(),
                several.map(lambda picked: tuple(code for code in rest if code in picked)),
            )
        case Text(maximum):
            return any_text.map(lambda text: clean(clean(text)[:maximum])).filter(bool)
        case Number(minimum, maximum, decimals):
            return st.decimals(minimum, maximum, places=decimals)
        case Date(earliest, latest):
            return st.dates(earliest, latest)


@st.composite
def _condition(draw: st.DrawFn, item: Item) -> Condition:
    codes = tuple(category.code for category in item.categories)
    comparisons = [Comparison.ANSWERED]
    if codes:
        comparisons += [Comparison.EQUALS, Comparison.ONE_OF]
    if isinstance(item.domain, Scale | Number):
        comparisons += [Comparison.AT_LEAST, Comparison.AT_MOST]
    comparison = draw(st.sampled_from(comparisons))
    match comparison:
        case Comparison.ANSWERED:
            operands: tuple[str, ...] = ()
        case Comparison.EQUALS:
            operands = (draw(st.sampled_from(codes)),)
        case Comparison.ONE_OF:
            operands = tuple(draw(st.lists(st.sampled_from(codes), min_size=1, unique=True)))
        case _:
            operands = (str(draw(values(item.domain))),)
    return Condition(item.id, comparison, operands)


def _relevance(earlier: list[Item]) -> st.SearchStrategy[Relevance]:
    condition = st.sampled_from(earlier).flatmap(_condition)
    conjunction = st.lists(condition, min_size=1, max_size=2).map(tuple)
    return st.lists(conjunction, min_size=1, max_size=2).map(lambda them: Relevance(tuple(them)))


def _companions(item: Item) -> list[Item]:
    return [
        Item(
            f"{item.id}__{category.code}",
            category.specify,
            Text(500),
            relevance=Relevance(((Condition(item.id, Comparison.EQUALS, (category.code,)),),)),
            companion_of=item.id,
        )
        for category in item.categories
        if category.specify
    ]


@st.composite
def instruments(draw: st.DrawFn, *, rules: bool = True, longest: int = 5) -> Instrument:
    """Every domain, relevance, companions, required items, in one or two sections."""
    asked: list[Item] = []
    everything: list[Item] = []
    for number in range(draw(st.integers(1, longest))):
        relevance = draw(_relevance(asked)) if rules and asked and draw(st.booleans()) else None
        domain = draw(domains())
        item = Item(
            f"q{number}",
            said(f"Spørgsmål {number}?"),
            domain,
            help=said("Hjælp") if draw(st.booleans()) else None,
            required=said("Svar her.") if draw(st.booleans()) else None,
            dont_know=not isinstance(domain, Text) and draw(st.booleans()),
            refusal=not isinstance(domain, Text) and draw(st.booleans()),
            relevance=relevance,
        )
        asked.append(item)
        everything += [item, *_companions(item)]
    middle = draw(st.integers(0, len(everything) - 1))
    parts = [part for part in (everything[:middle], everything[middle:]) if part]
    return Instrument(
        name="arbitrary",
        version=1,
        audience="citizen",
        title=said("Titel"),
        purpose=said("Formål"),
        next_step=said("Næste"),
        minutes=1,
        languages=LANGUAGES,
        sections=tuple(
            Section(f"s{place}", said("Del"), tuple(part)) for place, part in enumerate(parts)
        ),
    )


def answers_to(item: Item) -> st.SearchStrategy[Answer]:
    """Every answer that an item can get: its values and the reasons it allows."""
    reasons = [
        reason
        for reason, allowed in (
            (Missing.SKIPPED, item.required is None),
            (Missing.DONT_KNOW, item.dont_know),
            (Missing.REFUSED, item.refusal),
        )
        if allowed
    ]
    given: st.SearchStrategy[Answer] = values(item.domain)
    return st.one_of(given, st.sampled_from(reasons)) if reasons else given


def raw_for(item: Item, answer: Answer) -> object:
    """What a channel hands over for an answer."""
    if answer is Missing.SKIPPED:
        return None
    return answer.value if isinstance(answer, Missing) else item.domain.render(answer)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Instrument, Mapping[str, Answer]]:
    """An instrument with answers to any of its items, whether they are on a route or not."""
    instrument = draw(instruments())
    return instrument, {
        item.id: draw(answers_to(item)) for item in instrument if draw(st.integers(0, 3))
    }


class Event:
    """One thing that a respondent does, to be done as often as one likes."""

    def __init__(
        self, kind: str, item: str | None, payload: object, do: Callable[[Interview], Step]
    ) -> None:
        self.kind = kind
        self.item = item
        self.payload = payload
        self._do = do

    def __call__(self, interview: Interview) -> Step:
        return self._do(interview)

    def __repr__(self) -> str:
        return f"{self.kind}({self.item!r}, {self.payload!r})"


@st.composite
def events(draw: st.DrawFn, instrument: Instrument) -> Event:
    """Sensible and senseless events; items that do not exist among them."""
    kind = draw(
        st.sampled_from(
            ["answer", "answer", "answer", "send", "skip", "back", "look", "tick", "speak"]
        )
    )
    if kind == "back":
        return Event(kind, None, None, Interview.back)
    if kind == "speak":
        language = draw(st.sampled_from([*LANGUAGES, "xx"]))
        return Event(kind, None, language, lambda interview: interview.speak(language))
    item = draw(st.sampled_from(list(instrument)))
    name = item.id if draw(st.integers(0, 9)) else "nothing"
    match kind:
        case "answer":
            raw = raw_for(item, draw(answers_to(item)))
            return Event("answer", name, raw, lambda interview: interview.answer(name, raw))
        case "send":
            raw = draw(junk)
            return Event("answer", name, raw, lambda interview: interview.answer(name, raw))
        case "skip":
            return Event(kind, name, None, lambda interview: interview.skip(name))
        case "look":
            return Event(kind, name, None, lambda interview: interview.look(name))
        case _:
            code = draw(st.sampled_from([*CODES, "5", "nothing"]))
            on = draw(st.booleans())
            return Event(
                "tick", name, (code, on), lambda interview: interview.tick(name, code, on=on)
            )


@st.composite
def interviews(draw: st.DrawFn, length: int = 12) -> tuple[Instrument, list[Event]]:
    """An instrument and what a restless respondent does with it."""
    instrument = draw(instruments(longest=4))
    return instrument, draw(st.lists(events(instrument), max_size=length))
