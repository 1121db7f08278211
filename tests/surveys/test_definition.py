"""A document is an instrument, or one is told everything that is wrong with it and where."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import definition
from surveys.errors import InvalidDefinition, UnknownSurvey
from surveys.instrument import Date, MultiCode, Number, Scale, Text

SOUND = """\
name: sound
version: 3
audience: citizen
minutes: 2
title: {da: Titel, en: Title}
purpose: {da: Formål, en: Purpose}
next_step: {da: Bagefter, en: Afterwards}
scales:
  degree:
    - {code: 2, label: {da: Ja, en: "Yes"}}
    - {code: 1, label: {da: Nej, en: "No"}}
sections:
  - id: first
    title: {da: Først, en: First}
    items:
      - id: agree
        kind: scale
        scale: degree
        text: {da: Enig, en: Agree}
      - id: offers
        kind: multiple
        text: {da: Tilbud, en: Offers}
        categories:
          - {code: cv, label: {da: CV, en: CV}}
          - {code: other, label: {da: Andet, en: Other}, specify: {da: Hvad, en: What}}
      - id: hours
        kind: number
        minimum: 0
        maximum: 37
        text: {da: Timer, en: Hours}
      - id: day
        kind: date
        earliest: 2026-01-01
        latest: 2026-12-31
        text: {da: Dag, en: Day}
  - id: last
    title: {da: Sidst, en: Last}
    items:
      - id: more
        kind: text
        text: {da: Mere, en: More}
        ask_if: {item: agree, equals: 1}
"""


def test_a_sound_document_becomes_the_instrument_it_describes() -> None:
    assert definition.defects(SOUND) == ()
    instrument = definition.read(SOUND)
    assert (instrument.name, instrument.version, instrument.languages) == ("sound", 3, ("da", "en"))
    assert [item.id for item in instrument] == [
        "agree",
        "offers",
        "offers__other",
        "hours",
        "day",
        "more",
    ]
    kinds = [type(item.domain) for item in instrument]
    assert kinds == [Scale, MultiCode, Text, Number, Date, Text]
    assert instrument["agree"].categories[0].label("en") == "Yes"
    assert definition.read(SOUND.encode()) == definition.read("\ufeff" + SOUND) == instrument


BROKEN = [
    # fields
    ("name: sound\n", "", "name", "It is missing."),
    ("name: sound", "name: Sound!", "name", "String should match pattern"),
    ("version: 3", "version: 0", "version", "Input should be greater than or equal to 1."),
    ("version: 3", "version: three", "version", "Input should be a valid integer"),
    ("audience: citizen", "audience: pupils", "audience", "Input should be 'citizen'"),
    ("minutes: 2", "minutes: 2\ncolour: red", "colour", "There is no such field."),
    ("minutes: 2", "minutes: 2\nminutes: 3", "line 5, column 1", "“minutes” is given twice"),
    ("title: {da: Titel, en: Title}", "title: [Titel]", "title", "Input should be a valid dict"),
    ("minutes: 2", "minutes: 2\nalso_asked: [pupils]", "also_asked.0", "Input should be 'citizen'"),
    (
        "minutes: 2",
        "minutes: 2\ncomparable_with: {3: [agree]}",
        "comparable_with.3",
        "It is not an",
    ),
    (
        "minutes: 2",
        "minutes: 2\ncomparable_with: {2: [nix]}",
        "comparable_with.2",
        "There is no it",
    ),
    (
        "{da: Enig, en: Agree}",
        "{da: '  ', en: Agree}",
        "sections.0.items.0.text.da",
        "String should",
    ),
    ("{code: cv, label: {da: CV, en: CV}}", "cv", "sections.0.items.1.categories.0", "It is not a"),
    ("kind: number", "kind: slider", "sections.0.items.2", "Input tag 'slider'"),
    ("kind: number\n        ", "", "sections.0.items.2", "Unable to extract tag"),
    ("earliest: 2026-01-01", "earliest: 2026-02-30", "sections.0.items.3.earliest", "Input should"),
    ("minimum: 0", "minimum: .nan", "sections.0.items.2.minimum", "Input should be a valid"),
    ("maximum: 37", "maximum: 1e40", "sections.0.items.2.maximum", "Input should be less than"),
    ("kind: text", "kind: text\n        maximum: 0", "sections.1.items.0.maximum", "Input should"),
    # codes and ids
    ("code: 2,", "code: two,", "scales.degree.0.code", "“two” is not a number."),
    ("code: 2,", "code: '02',", "scales.degree.0.code", "“02” is not a number."),
    ("code: 2,", "code: 1,", "scales.degree", "Two points have the same code."),
    ("code: cv", "code: other", "sections.0.items.1.categories", "Two categories have the same"),
    ("code: cv", "code: dont_know", "sections.0.items.1.categories", "“dont_know” and “refused”"),
    ("id: more", "id: agree", "sections.1.items.0.id", "“agree” is used twice."),
    ("id: more", "id: offers__other", "sections.1.items.0.id", "“offers__other” is used twice."),
    ("scale: degree", "scale: size", "sections.0.items.0.scale", "There is no scale “size”."),
    # limits
    ("minimum: 0", "minimum: 38", "sections.0.items.2.minimum", "It is above the maximum."),
    ("earliest: 2026", "earliest: 2027", "sections.0.items.3.earliest", "It is after the latest"),
    (
        "kind: text",
        "kind: text\n        refusal: true",
        "sections.1.items.0",
        "An open text has no",
    ),
    # rules
    (
        "item: agree, equals",
        "item: more, equals",
        "sections.1.items.0.ask_if",
        "“more” is not an e",
    ),
    ("item: agree, equals", "item: nix, equals", "sections.1.items.0.ask_if", "“nix” is not an e"),
    ("equals: 1", "equals: 3", "sections.1.items.0.ask_if", "“agree” has no category “3”."),
    ("equals: 1", "equals: dont_know", "sections.1.items.0.ask_if", "“agree” has no category “do"),
    ("equals: 1", "one_of: [1, 7]", "sections.1.items.0.ask_if", "“agree” has no category “7”."),
    ("equals: 1", "one_of: []", "sections.1.items.0.ask_if", "“agree” has no category “”."),
    ("equals: 1", "at_least: 3", "sections.1.items.0.ask_if", "“agree” is never that large"),
    ("equals: 1", "at_most: 0", "sections.1.items.0.ask_if", "“agree” is never that large"),
    (
        "item: agree, equals: 1",
        "item: offers, at_least: 1",
        "sections.1.items.0.ask_if",
        "“offers” is not a number.",
    ),
    (
        "item: agree, equals: 1",
        "item: day, equals: x",
        "sections.1.items.0.ask_if",
        "“day” has no categories.",
    ),
    (", equals: 1", "", "sections.1.items.0.ask_if", "It needs exactly one comparison."),
    ("equals: 1", "answered: false", "sections.1.items.0.ask_if", "It needs exactly one comp"),
    ("equals: 1", "equals: 1, at_most: 1", "sections.1.items.0.ask_if", "It needs exactly one"),
    (
        "{item: agree, equals: 1}",
        "agree",
        "sections.1.items.0.ask_if",
        "It is not a group of fields.",
    ),
    ("{item: agree, equals: 1}", "{any: []}", "sections.1.items.0.ask_if.any", "List should have"),
    (
        "{item: agree, equals: 1}",
        "{all: [7]}",
        "sections.1.items.0.ask_if.all.0",
        "It is not a group",
    ),
    (
        "{item: agree, equals: 1}",
        "{any: [{all: [{item: agree}]}, {any: []}]}",
        "sections.1.items.0.ask_if.any.1.any",
        "There is no such field.",
    ),
    # languages
    ("title: {da: Titel, en", "title: {en", "title", "There is no Danish text (da)."),
    ("en: Agree", "de: Stimmt", "sections.0.items.0.text", "The translation to “en” is missing."),
    (
        "en: Agree",
        "de: Stimmt",
        "sections.0.items.0.text",
        "It has “de”, which the title does not.",
    ),
    (
        "da: CV, en: CV",
        "da: CV",
        "sections.0.items.1.categories.0.label",
        "The translation to “en”",
    ),
    ("en: What", "de: Was", "sections.0.items.1.categories.1.specify", "The translation to “en”"),
    ("da: Ja, en", "en", "scales.degree.0.label", "The translation to “da” is missing."),
    ("da: Titel,", "da: Titel, klingon: Per,", "title.klingon", "There is no such language here."),
    # hard to answer
    (
        "da: Formål",
        "da: Beskæftigelsesindsatsens kvalitetsudvikling forudsætter systematisk brugerinddragelse"
        " gennem spørgeskemaundersøgelser og efterfølgende dialogmøder",
        "purpose",
        "It is hard to read: LIX 90, at most 30.",
    ),
    (
        "en: Other",
        "en: " + "x" * 61,
        "sections.0.items.1.categories.1.label.en",
        "61 characters do",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "path", "cause"),
    BROKEN,
    ids=[f"{path}: {cause}" for _, _, path, cause in BROKEN],
)
def test_each_defect_is_named_beside_a_field_that_is_wrong(
    old: str, new: str, path: str, cause: str
) -> None:
    if path.startswith(("version", "comparable_with", "line")):
        return
    broken = SOUND.replace(old, new, 1)
    alone = {(one.path, one.cause) for one in definition.defects(broken)}
    both = definition.defects(broken.replace("version: 3", "version: 0"))
    told = {(one.path, one.cause) for one in both}
    # Neither hides the other, and what stands in for a wrong field is blamed for nothing
    assert told == alone | {("version", "Input should be greater than or equal to 1.")}


@pytest.mark.parametrize(
    ("old", "new", "path", "cause"),
    BROKEN,
    ids=[f"{path}: {cause}" for _, _, path, cause in BROKEN],
)
def test_each_defect_is_named_with_its_place_its_cause_and_what_to_do(
    old: str, new: str, path: str, cause: str
) -> None:
    assert SOUND.count(old) >= 1
    found = definition.defects(SOUND.replace(old, new, 1))
    assert any(defect.path == path and defect.cause.startswith(cause) for defect in found), found
    assert all(defect.remedy.endswith((".", ".…")) and defect.cause for defect in found)
    for defect in found:
        assert "?" not in defect.path
        assert "Entry" not in str(defect)


def test_all_defects_are_told_at_once() -> None:
    document = SOUND.replace("equals: 1", "equals: 3").replace("da: CV, en: CV", "da: CV")
    document = document.replace("en: Other", "en: " + "x" * 61)
    assert [defect.path for defect in definition.defects(document)] == [
        "sections.1.items.0.ask_if",
        "sections.0.items.1.categories.0.label",
        "sections.0.items.1.categories.1.label.en",
    ]
    with pytest.raises(InvalidDefinition) as refusal:
        definition.read(document)
    assert len(refusal.value.defects) == 2


def test_what_is_only_hard_to_answer_is_an_instrument_all_the_same() -> None:
    document = SOUND.replace("en: Other", "en: " + "x" * 61)
    assert len(definition.defects(document)) == 1
    assert definition.read(document)["offers"].categories[1].label("en") == "x" * 61


def test_quoted_words_are_not_judged() -> None:
    hard = "da: Beskæftigelsesindsatsens kvalitetsudvikling " + "forudsætter " * 8
    document = SOUND.replace("da: Mere", hard)
    assert [defect.path for defect in definition.defects(document)] == ["sections.1.items.0.text"]
    assert (
        definition.defects(document.replace("kind: text", "kind: text\n        quoted: true")) == ()
    )


def test_words_that_yaml_likes_to_turn_into_something_else_stay_words() -> None:
    document = SOUND.replace('da: Ja, en: "Yes"', "da: ja, en: yes").replace("da: Mere", "da: 2026")
    document = document.replace("code: cv", "code: no")
    instrument = definition.read(document)
    assert instrument["agree"].categories[0].label("en") == "yes"
    assert instrument["more"].text("da") == "2026"
    assert instrument["offers"].categories[0].code == "no"


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("document", "path", "cause"),
    [
        ("", "document", "It is not a group of fields."),
        (b"", "document", "It is not a group of fields."),
        ("# only a remark\n", "document", "It is not a group of fields."),
        ("- a\n- b\n", "document", "It is not a group of fields."),
        ("42", "document", "It is not a group of fields."),
        ("null", "document", "It is not a group of fields."),
        ("just words", "document", "It is not a group of fields."),
        (LAUGHS, "line 2, column 8", "YAML aliases (*name) are not allowed."),
        ("a: &a [*a]", "line 1, column 8", "YAML aliases (*name) are not allowed."),
        ("x" * 1_000_000, "document", "It is larger than 256 kB."),
        (b"x" * 1_000_000, "document", "It is larger than 256 kB."),
        ("[" * 250_000, "line 1, column 21", "It is nested too deeply to be an instrument."),
        ("{a: " * 60_000, "line 1, column 78", "It is nested too deeply to be an instrument."),
        ("name: æ".encode("latin-1"), "document", "It is not text in UTF-8."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "document", "It is not text in UTF-8."),
        (b"PK\x03\x04\x14\x00\x00", "document", "It is not YAML:"),
        ("\ud800", "document", "It is not YAML:"),
        ("name: 'open", "line 1, column 12", "It is not YAML:"),
        ("a: b: c", "line 1, column 5", "It is not YAML:"),
        ("a: 1\n---\na: 2\n", "line 2, column 1", "It is not YAML:"),
        ("? [a]\n: b", "line 1, column 3", "It is not YAML:"),
        ("!!python/object/apply:os.system [ls]", "document", "It is not a group of fields."),
        ("!!int x", "document", "It is not a group of fields."),
        ("%YAML 9.9\n---\na: 1", "line 1, column 1", "It is not YAML:"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_document_is_refused_in_a_sentence(
    document: str | bytes, path: str, cause: str
) -> None:
    (defect,) = definition.defects(document)
    assert (defect.path, defect.cause[: len(cause)]) == (path, cause)
    with pytest.raises(InvalidDefinition):
        definition.read(document)


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_no_bytes_at_all_break_the_reader(document: str | bytes) -> None:
    assert definition.defects(document)


shapes = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(
    st.sampled_from(sorted({line.split(":")[0].strip(" -") for line in SOUND.splitlines()})), shapes
)
def test_no_shape_of_any_field_breaks_the_reader(key: str, shape: object) -> None:
    def planted(node: object) -> object:
        if isinstance(node, dict):
            return {name: shape if name == key else planted(kept) for name, kept in node.items()}
        return [planted(kept) for kept in node] if isinstance(node, list) else node

    document = json.dumps(planted(json.loads(json.dumps(_PLAIN))))
    if definition.defects(document):
        return
    instrument = definition.read(document)
    assert len({item.id for item in instrument}) == len(instrument)


_PLAIN = {
    "name": "plain",
    "version": 1,
    "audience": "staff",
    "minutes": 1,
    "title": {"da": "T"},
    "purpose": {"da": "P"},
    "next_step": {"da": "N"},
    "scales": {"degree": [{"code": 2, "label": {"da": "A"}}, {"code": 1, "label": {"da": "B"}}]},
    "sections": [
        {
            "id": "s",
            "title": {"da": "S"},
            "items": [
                {"id": "a", "kind": "scale", "scale": "degree", "text": {"da": "A"}},
                {
                    "id": "b",
                    "kind": "number",
                    "minimum": 0,
                    "maximum": 1,
                    "text": {"da": "B"},
                    "ask_if": {"any": [{"item": "a", "equals": "1"}, {"all": [{"item": "a"}]}]},
                },
            ],
        }
    ],
}


def test_the_catalogue_has_no_defects_and_knows_its_names() -> None:
    for name, instrument in definition.catalogue().items():
        assert instrument.name == name
        assert definition.defects(definition.shipped(name)) == ()
    with pytest.raises(UnknownSurvey) as refusal:
        definition.shipped("../wording")
    assert refusal.value.known == tuple(definition.catalogue())
