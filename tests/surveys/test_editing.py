"""What staff type is kept as it is typed, and nothing else changes."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import definition, editing
from surveys.definition import catalogue, shipped
from surveys.document import Document, alternatives, dumps, parse
from surveys.editing import Fields
from tests.surveys.documents import documents


def as_form(fields: Fields) -> dict[str, str]:
    """The form of a draft, filled in as the page fills it in."""
    form = {name: fields.get(name, {}).get("da", "") for name in ("title", "purpose", "next_step")}
    form |= {name: str(fields[name]) for name in ("minutes", "audience")}
    form |= {f"also_asked.{name}": "1" for name in fields.get("also_asked", [])}
    for name, points in fields.get("scales", {}).items():
        form |= _categories(f"scales.{name}", points)
    for s, section in enumerate(fields["sections"]):
        form[f"sections.{s}.title"] = section["title"].get("da", "")
    for path, item in editing.items(fields):
        form |= {f"{path}.{name}": item.get(name, {}).get("da", "") for name in ("text", "help")}
        form[f"{path}.required"] = item.get("required", {}).get("da", "")
        form[f"{path}.ask_if"] = editing.rule_text(item.get("ask_if"))
        for name in ("maximum", "minimum", "decimals", "earliest", "latest", "scale"):
            if name in item:
                form[f"{path}.{name}"] = str(item[name])
        form |= {
            f"{path}.{name}": "1"
            for name in ("dont_know", "refusal", "quoted", "faces")
            if item.get(name)
        }
        form |= _categories(f"{path}.categories", item.get("categories", []))
    return form


def _categories(path: str, categories: list[Mapping[str, Any]]) -> dict[str, str]:
    form = {}
    for place, category in enumerate(categories):
        form[f"{path}.{place}.label"] = category["label"].get("da", "")
        form[f"{path}.{place}.specify"] = category.get("specify", {}).get("da", "")
        if category.get("exclusive"):
            form[f"{path}.{place}.exclusive"] = "1"
    return form


def document_of(fields: Fields) -> Document:
    return parse(json.dumps(fields, ensure_ascii=False))


def _one_way_to_say(document: Document) -> bool:
    """One of one answer is said as being that answer."""
    return "one_of" not in dumps(document) or all(
        len(test.one_of) > 1
        for _, item in document.places
        for tests in alternatives(item)
        for test in tests
        if test.one_of is not None
    )


@given(documents().filter(_one_way_to_say))
def test_a_form_that_nobody_touched_changes_nothing(document: Document) -> None:
    fields = editing.fields_of(dumps(document))
    after = editing.done(editing.retyped(fields, as_form(fields)), "")
    assert document_of(after) == document


@pytest.mark.parametrize("name", catalogue())
def test_what_ships_passes_through_the_form_unchanged(name: str) -> None:
    fields = editing.fields_of(shipped(name))
    assert document_of(editing.retyped(fields, as_form(fields))) == parse(shipped(name))


acts = st.one_of(
    st.sampled_from(["section", "", "fly", "up", "down sections", "remove title"]),
    st.builds(
        lambda verb, s, i: f"{verb} sections.{s}" + (f".items.{i}" if i is not None else ""),
        st.sampled_from(["up", "down", "remove", "item"]),
        st.integers(0, 3),
        st.one_of(st.none(), st.integers(0, 4)),
    ),
    st.builds(
        lambda verb, i, c: f"{verb} sections.0.items.{i}.categories" + (f".{c}" if c else ""),
        st.sampled_from(["up", "down", "remove", "category"]),
        st.integers(0, 2),
        st.one_of(st.none(), st.integers(0, 4)),
    ),
)


@given(documents(), st.lists(st.tuples(acts, st.sampled_from([*editing.KINDS, "x"])), max_size=8))
def test_whatever_is_pressed_the_draft_can_still_be_shown_and_judged(
    document: Document, pressed: list[tuple[str, str]]
) -> None:
    fields = editing.fields_of(dumps(document))
    for act, kind in pressed:
        before = sorted(item["id"] for _, item in editing.items(fields))
        fields = editing.done(fields, act, kind, {})
        after = sorted(item["id"] for _, item in editing.items(fields))
        if act.startswith(("up", "down")):
            assert after == before
        assert len(set(after)) == len(after)
    list(editing.texts(fields))
    definition.defects(dumps_any(fields))


def dumps_any(fields: Fields) -> str:
    return json.dumps(fields, ensure_ascii=False)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("role = staff", {"item": "role", "equals": "staff"}),
        ("role = staff, partner", {"item": "role", "one_of": ["staff", "partner"]}),
        ("age >= 18,5", {"item": "age", "at_least": "18.5"}),
        ("heard er besvaret", {"item": "heard", "answered": True}),
        (
            "age >= 18 og role = staff",
            {"all": [{"item": "age", "at_least": "18"}, {"item": "role", "equals": "staff"}]},
        ),
        (
            "age <= 3\n\nrole = a",
            {"any": [{"item": "age", "at_most": "3"}, {"item": "role", "equals": "a"}]},
        ),
        ("hvis han er ansat", "hvis han er ansat"),
        ("role er ansat", "role er ansat"),
    ],
)
def test_a_rule_is_read_as_staff_write_it_and_kept_where_it_is_none(
    text: str, rule: object
) -> None:
    assert editing.read_rule(text) == rule
    assert editing.read_rule(editing.rule_text(rule)) == rule


def test_a_question_moves_over_the_edge_of_its_part() -> None:
    fields = editing.fields_of(shipped("en_indgang"))
    moved = editing.done(fields, "up sections.1.items.0")
    assert [item["id"] for item in moved["sections"][0]["items"]] == ["role", "entrance"]
    assert editing.done(moved, "down sections.0.items.1") == fields


def test_a_new_scale_comes_in_the_languages_of_the_instrument() -> None:
    scales = {"mood": [{"code": "1", "label": {"da": "Glad", "en": "Happy", "pl": "Tak"}}]}
    fields = editing.blank() | {"title": {"da": "T", "en": "T"}}
    new = editing.done(fields, "item sections.0", "scale", scales)
    assert new["scales"]["mood"][0]["label"] == {"da": "Glad", "en": "Happy"}
    assert editing.done(new, "remove sections.0.items.0")["scales"] == {}


def test_what_is_reworded_is_only_comparable_when_somebody_says_so() -> None:
    fields = editing.numbered(editing.fields_of(shipped("ungeplan")), "ungeplan", 2)
    old = definition.read(shipped("ungeplan"))
    form = as_form(fields) | {"sections.0.items.0.text": "Er du glad for din plan?"}
    assert form["sections.0.items.0.text"] != old["plan"].text.source

    def made(form: dict[str, str]) -> Any:
        return definition.read(dumps_any(editing.retyped(fields, form, 1)))

    assert not made(form).continues("plan", old)
    assert made(form).continues("effort", old)
    assert made(form | {"comparable.plan": "1"}).continues("plan", old)
    assert not made(form).continues("nothing", old)


def test_a_changed_source_names_the_translations_to_look_at() -> None:
    fields = editing.fields_of(shipped("ungeplan"))
    after = editing.retyped(fields, as_form(fields) | {"purpose": "Noget andet."})
    assert editing.changed(fields, after) == ["purpose"]
    assert editing.changed(fields, fields) == []
    danish = fields | {"title": {"da": "T"}}
    assert editing.languages(danish) == ("da",)


def test_translating_fills_in_and_takes_out_one_language() -> None:
    fields = editing.fields_of(shipped("ungeplan"))
    paths = [path for path, _ in editing.texts(fields)]
    klingon = editing.translated(fields, "xx", {path: f"xx {path}" for path in paths})
    assert all(words["xx"] == f"xx {path}" for path, words in editing.texts(klingon))
    assert editing.without_language(klingon, "xx") == fields


def test_differences_are_named_by_their_place() -> None:
    fields = editing.fields_of(shipped("ungeplan"))
    other = editing.retyped(fields, as_form(fields) | {"minutes": "9"})
    assert editing.differences(other, fields) == [("minutes", "9", "2")]
