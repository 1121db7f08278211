"""YAML without its surprises: every value is text, and what is refused says its line and column."""

from typing import Final, Never

import yaml

from surveys.errors import Defect, InvalidDefinition

LARGEST_DOCUMENT: Final = 256 * 1024
DEEPEST_NESTING: Final = 20


def read(document: str | bytes) -> object:
    """The fields of a document as written, right or wrong. Raises InvalidDefinition."""
    if len(document) > LARGEST_DOCUMENT:
        _refuse("document", "It is larger than 256 kB.", "An instrument is text only: shorten it.")
    try:
        text = document if isinstance(document, str) else document.decode("utf-8")
        return _loaded(text)
    except UnicodeDecodeError:
        _refuse("document", "It is not text in UTF-8.", "Save the file as UTF-8.")
    except yaml.YAMLError as error:
        _refuse(
            _position(getattr(error, "problem_mark", None)),
            f"It is not YAML: {getattr(error, 'problem', None) or 'unreadable'}.",
            "Correct the indentation or quote the text.",
        )


class _Loader(yaml.BaseLoader):
    """YAML in which every value is text, so that `no` stays a word, and the fields say what it is.

    Refuses aliases, which can make a small document enormous, deep nesting, and a key given twice.
    """

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            _refuse(
                _position(event.start_mark),
                "YAML aliases (*name) are not allowed.",
                "Write it out.",
            )
        if self._depth == DEEPEST_NESTING:
            _refuse(
                _position(event.start_mark),
                "It is nested too deeply to be an instrument.",
                "Close the brackets, or correct the indentation.",
            )
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                _refuse(
                    _position(key.start_mark),
                    f"“{key.value}” is given twice, and only one would count.",
                    "Remove one of them.",
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _loaded(text: str) -> object:
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _position(mark: object) -> str:
    if not isinstance(mark, yaml.Mark):
        return "document"
    return f"line {mark.line + 1}, column {mark.column + 1}"


def _refuse(path: str, cause: str, remedy: str) -> Never:
    raise InvalidDefinition([Defect(path, cause, remedy)]) from None
