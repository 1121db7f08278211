"""A page as a test reads it, and what every page of ours must be."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "meta", "link", "br", "hr", "img"}


@dataclass(slots=True)
class Element:
    tag: str
    attributes: dict[str, str | None]
    children: list["Element | str"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name) or ""

    def __contains__(self, name: str) -> bool:
        return name in self.attributes

    @property
    def text(self) -> str:
        words = [c if isinstance(c, str) else c.text for c in self.children]
        return re.sub(r"\s+", " ", "".join(words)).strip()

    @property
    def typed(self) -> str:
        """The content of a text area: its line break right after the tag is the browser's."""
        return "".join(map(str, self.children)).removeprefix("\n")

    def walk(self) -> list["Element"]:
        inside = [e for c in self.children if isinstance(c, Element) for e in c.walk()]
        return [self, *inside]

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        return [
            element
            for element in self.walk()
            if element.tag == tag
            and all(element[name] == value for name, value in attributes.items())
        ]

    def classed(self, name: str) -> list["Element"]:
        return [element for element in self.walk() if name in element["class"].split()]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("document", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> ends a <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Element:
    """The tree of a page. Every element must be closed where it was opened."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is never closed"
    return reader.root


def require_sound(page: Element) -> None:
    """Raise AssertionError where a page breaks what holds for all of them."""
    (html,) = page.all("html")
    assert re.fullmatch(r"[a-z]{2}", html["lang"])
    assert html["dir"] in {"ltr", "rtl"}
    assert len(page.all("h1")) == 1
    assert page.all("title")[0].text.removesuffix("– Allerød Kommune").strip()
    assert page.all("main", id="main-content")
    assert page.all("a", href="#main-content")
    addresses = {a["href"].partition("?")[0] for a in page.all("a")}
    assert {"/privatliv", "/was"} <= addresses
    ids = [element["id"] for element in page.walk() if "id" in element]
    assert len(ids) == len(set(ids)), f"ids twice: {sorted(i for i in ids if ids.count(i) > 1)}"
    labelled = [label["for"] for label in page.all("label")]
    assert len(labelled) == len(set(labelled))
    for element in page.walk():
        assert "style" not in element
        assert element.tag != "style"
        assert not [name for name in element.attributes if name.startswith("on")]
        if element.tag == "script":
            assert element["src"].startswith("/static/")
            assert not element.text
        for name in ("href", "src", "action", "formaction"):
            assert not re.match(r"(?i)\s*([a-z]+:)?//|javascript:", element[name])
        for name in ("aria-describedby", "aria-labelledby"):
            assert set(element[name].split()) <= set(ids)
        named = element.tag in {"input", "textarea", "select"} and element["type"] != "hidden"
        assert not named or element["id"] in labelled, f"no label: {element.attributes}"
        if element.tag == "fieldset":
            assert element.children[1].tag == "legend"  # after the line break
        if element.tag == "a" and element["href"].startswith("#"):
            assert element["href"][1:] in ids
