"""Versions of a code frame: what can be said across them, and what cannot."""

import pytest

from analysis.corpus import (
    CodeFrame,
    Theme,
    as_document,
    code_frame,
    cues_of,
    from_document,
    seeds,
    seeds_of,
)

FIRST = code_frame("citizen")
SECOND = CodeFrame(
    "citizen",
    "citizen-2",
    (
        Theme("contact", "Kontakten", "Mødet og brevene", ("c1_individual", "c2_communication")),
        Theme("c4_offers", "Tilbud", "Kurser", ("c4_offers",)),
        Theme("transport", "Transport", "Bus og tog", (), ("bus", "tog")),
    ),
    FIRST,
)
THIRD = CodeFrame(
    "citizen", "citizen-3", (Theme("contact", "Kontakt", "Alt", ("contact",)),), SECOND
)


def test_a_document_gives_the_frame_back():
    for frame in (FIRST, SECOND, THIRD):
        assert from_document(as_document(frame)) == frame


def test_codes_are_translated_through_what_a_person_mapped():
    assert SECOND.translated({"c1_individual", "c4_offers"}, "citizen-1") == {
        "contact",
        "c4_offers",
    }
    assert SECOND.translated({"c7_keep"}, "citizen-1") == frozenset()
    assert THIRD.translated({"c2_communication"}, "citizen-1") == {"contact"}
    assert THIRD.translated({"transport"}, "citizen-2") == frozenset()
    assert FIRST.translated({"c7_keep"}, "citizen-1") == {"c7_keep"}


def test_nothing_is_translated_backwards():
    with pytest.raises(ValueError, match="not made from"):
        FIRST.translated({"contact"}, "citizen-2")
    assert FIRST.compared_with("citizen-2") == frozenset()
    assert THIRD.follows("citizen-1")
    assert not FIRST.follows("citizen-3")


def test_only_what_was_mapped_is_compared():
    assert SECOND.compared_with("citizen-2") == set(SECOND.codes)
    assert SECOND.compared_with("citizen-1") == {"contact", "c4_offers"}
    assert THIRD.compared_with("citizen-1") == {"contact"}


def test_a_model_of_a_later_version_starts_from_what_is_known():
    *written, definition, words = seeds_of(SECOND)
    assert definition.text == "Bus og tog"
    assert words.text == "Transport. bus tog"
    for seed, found in zip(seeds("citizen"), written, strict=True):
        assert ("contact" in found.themes) == bool(
            {"c1_individual", "c2_communication"} & set(seed.themes)
        )
        assert "transport" not in found.themes
    cues = dict(zip(SECOND.codes, cues_of(SECOND), strict=True))
    assert cues["transport"] == ("bus", "tog")
    assert {"respekt", "brev"} <= set(cues["contact"])
