"""Arbitrary documents: every field that an instrument may have, in two languages."""

from decimal import Decimal

from hypothesis import strategies as st

from surveys.document import Document, made

words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn")),
    min_size=1,
    max_size=20,
).filter(lambda text: bool(text.strip()))
identifiers = st.from_regex(r"[a-z][a-z0-9_]{0,7}", fullmatch=True)
codes = st.from_regex(r"[a-z0-9][a-z0-9_]{0,5}", fullmatch=True).filter(
    lambda code: code not in {"dont_know", "refused"}
)
texts = st.fixed_dictionaries({"da": words, "en": words})
yes = st.booleans()


def _category(code: str) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {"code": st.just(code), "label": texts, "exclusive": yes},
        optional={"specify": texts},
    )


def _categories(numbers: bool = False) -> st.SearchStrategy[list[dict[str, object]]]:
    some = st.integers(0, 99).map(str) if numbers else codes
    return st.lists(some, min_size=2, max_size=4, unique=True).flatmap(
        lambda them: st.tuples(*map(_category, them)).map(list)
    )


@st.composite
def _item(draw: st.DrawFn, item_id: str, scales: list[str]) -> dict[str, object]:
    kind = draw(
        st.sampled_from(
            ["single", "multiple", "text", "number", "date", *(["scale"] * bool(scales))]
        )
    )
    item: dict[str, object] = {"id": item_id, "kind": kind, "text": draw(texts)}
    item |= {name: draw(texts) for name in ("help", "required") if draw(yes)}
    item["quoted"] = draw(yes)
    if kind != "text":
        item |= {"dont_know": draw(yes), "refusal": draw(yes)}
    match kind:
        case "scale":
            item |= {"scale": draw(st.sampled_from(scales)), "faces": draw(yes)}
        case "single" | "multiple":
            item["categories"] = draw(_categories())
        case "text":
            item["maximum"] = draw(st.integers(1, 4000))
        case "number":
            decimals = draw(st.integers(0, 6))
            limits = sorted(draw(st.decimals(-(10**12), 10**12, places=decimals)) for _ in range(2))
            item |= {"minimum": limits[0], "maximum": limits[1], "decimals": decimals}
        case "date":
            days = sorted(draw(st.dates()) for _ in range(2))
            item |= {"earliest": days[0], "latest": days[1]}
    return item


@st.composite
def _condition(
    draw: st.DrawFn, earlier: list[dict[str, object]], scales: dict[str, object]
) -> dict[str, object]:
    asked = draw(st.sampled_from(earlier))
    categories = asked.get("categories") or scales.get(str(asked.get("scale"))) or []
    assert isinstance(categories, list)
    known = [category["code"] for category in categories]
    ways = ["answered"] + ["equals", "one_of"] * bool(known)
    ways += ["at_least", "at_most"] * (asked["kind"] in {"scale", "number"})
    match draw(st.sampled_from(ways)):
        case "equals":
            return {"item": asked["id"], "equals": draw(st.sampled_from(known))}
        case "one_of":
            some = st.lists(st.sampled_from(known), min_size=1, unique=True)
            return {"item": asked["id"], "one_of": draw(some)}
        case "answered":
            return {"item": asked["id"], "answered": True}
        case way:
            limit = asked["minimum"] if asked["kind"] == "number" else Decimal(known[0])
            return {"item": asked["id"], way: limit}


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Documents of sound fields whose codes and rules are sound too."""
    scales: dict[str, object] = {
        name: draw(_categories(numbers=True))
        for name in draw(st.lists(identifiers, max_size=2, unique=True))
    }
    ids = draw(st.lists(identifiers, min_size=1, max_size=5, unique=True))
    items: list[dict[str, object]] = []
    for item_id in ids:
        item = draw(_item(item_id, list(scales)))
        if items and draw(yes):
            condition = _condition(list(items), scales)
            together = st.lists(condition, min_size=2, max_size=3).map(lambda them: {"all": them})
            either = st.lists(st.one_of(condition, together), min_size=2, max_size=3)
            item["ask_if"] = draw(
                st.one_of(condition, together, either.map(lambda them: {"any": them}))
            )
        items.append(item)
    middle = draw(st.integers(0, len(items) - 1))
    parts = [part for part in (items[:middle], items[middle:]) if part]
    used = {item.get("scale") for item in items}
    version = draw(st.integers(1, 99))
    return made(
        {
            "name": draw(identifiers),
            "version": version,
            "audience": draw(st.sampled_from(["citizen", "company", "course", "staff"])),
            "also_asked": draw(st.lists(st.sampled_from(["partner", "volunteer"]), unique=True)),
            "comparable_with": {1: ids[:1]} if version > 1 and draw(yes) else {},
            "minutes": draw(st.integers(1, 60)),
            "title": draw(texts),
            "purpose": draw(texts),
            "next_step": draw(texts),
            "scales": {name: points for name, points in scales.items() if name in used},
            "sections": [
                {"id": f"s{place}", "title": draw(texts), "items": part}
                for place, part in enumerate(parts)
            ],
        }
    )
