"""PDF files as a reader of their tags meets them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

import pikepdf

_SIGN = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")


@dataclass(frozen=True, slots=True)
class Tag:
    """One element of the structure tree."""

    kind: str
    depth: int
    title: str
    alternative: str


@dataclass(frozen=True, slots=True)
class Document:
    """What a PDF says of itself."""

    title: str
    language: str
    direction: str
    pages: int
    tags: tuple[Tag, ...]

    def kinds(self) -> list[str]:
        return [tag.kind for tag in self.tags]


def read(content: bytes, *, headed: bool = True) -> Document:
    """Open a PDF, and hold it to what a program can check of PDF/UA-1."""
    with pikepdf.open(BytesIO(content)) as pdf:
        root = pdf.Root
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            title = str(metadata["dc:title"])
        assert root.MarkInfo.Marked is True
        assert root.ViewerPreferences.DisplayDocTitle is True
        for page in pdf.pages:
            assert page.Tabs == "/S" if "/Annots" in page else True
            for font in page.Resources.get("/Font", {}).values():
                _is_embedded(font)
        document = Document(
            title=title,
            language=str(root.Lang),
            direction=str(root.ViewerPreferences.get("/Direction", "/L2R")),
            pages=len(pdf.pages),
            tags=tuple(_tags(root.StructTreeRoot.K, 0)),
        )
    assert all(tag.alternative for tag in document.tags if tag.kind == "Figure")
    levels = [int(tag.kind[1]) for tag in document.tags if tag.kind in {"H1", "H2", "H3", "H4"}]
    assert levels[:1] == [1] * headed
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    return document


def runs(content: bytes) -> list[tuple[str, float]]:
    """The words as they are set, line by line or in pieces of one, each with its height."""
    found = []
    with pikepdf.open(BytesIO(content)) as pdf:
        for page in pdf.pages:
            signs = {
                name: dict(_SIGN.findall(font.ToUnicode.read_bytes()))
                for name, font in page.Resources.Font.items()
            }
            height, known = 0.0, {}
            for operands, operator in pikepdf.parse_content_stream(page):
                match str(operator):
                    case "cm":
                        height = float(operands[5])
                    case "Tf":
                        known = signs[str(operands[0])]
                    case "TJ":
                        glyphs = b"".join(
                            bytes(one) for one in operands[0] if isinstance(one, pikepdf.String)
                        )
                        codes = (
                            glyphs[at : at + 2].hex().upper().encode()
                            for at in range(0, len(glyphs), 2)
                        )
                        found.append(
                            (
                                "".join(
                                    bytes.fromhex(known[code].decode()).decode("utf-16-be")
                                    for code in codes
                                ),
                                height,
                            )
                        )
    return found


def _is_embedded(font: pikepdf.Dictionary) -> None:
    (descendant,) = font.DescendantFonts
    descriptor = descendant.FontDescriptor
    assert any(name in descriptor for name in ("/FontFile", "/FontFile2", "/FontFile3"))
    assert "/ToUnicode" in font


def _tags(node: object, depth: int) -> Iterator[Tag]:
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _tags(child, depth)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield Tag(
            str(node.S).removeprefix("/"),
            depth,
            str(node.get("/T", "")),
            str(node.get("/Alt", "")),
        )
        if "/K" in node:
            yield from _tags(node.K, depth + 1)
