"""What the API is, for programs and those who write them: an OpenAPI document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter

from webapp import filters


class Problem(BaseModel):
    """Why a request was refused."""

    title: str
    status: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Something that can be read. `model` is what comes back; a file has the kind of it instead.

    `asked` are the words that its URL may have after the question mark. `refuses` are the statuses
    besides 401 (no good key), 400 (other words than these) and, with words in its path, 404.
    """

    name: str
    summary: str
    model: Any = None
    kind: str = "application/json"
    asked: Sequence[str] = ()
    refuses: Sequence[int] = ()


GROUP: Final[Sequence[str]] = tuple(filters.NAMES)
"""The words that choose whose answers to read about."""


def known_words(reading: Reading) -> frozenset[str]:
    """The words that a URL may have: those of the description, and the same as pages write them."""
    pages = (filters.NAMES[word] for word in reading.asked if word in filters.NAMES)
    return frozenset((*reading.asked, *pages))


def description(
    server: str,
    read: Mapping[str, Reading],
    handed_in: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> Mapping[str, Any]:
    """The document: what is read by path, and the POST that hands something in, with its schemas.

    Where nothing says which, both are under `server`.
    """
    schemas: dict[str, Any] = {"Problem": Problem.model_json_schema()}
    paths: dict[str, Any] = {}
    for path, (operation, needed) in handed_in.items():
        paths[path] = {"post": operation}
        schemas |= needed
    for path, reading in read.items():
        schema: dict[str, Any] = {}
        if reading.model is not None:
            schema = TypeAdapter(reading.model).json_schema(
                ref_template="#/components/schemas/{model}", mode="serialization"
            )
            schemas |= schema.pop("$defs", {})
        paths[path] = {"get": _operation(path, reading, schema)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hørt", "version": "1", "summary": "Figures that may be told"},
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(path: str, reading: Reading, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    words = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    refused = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "operationId": reading.name,
        "summary": reading.summary,
        "parameters": [
            *(_parameter(word, "path") for word in words),
            *(_parameter(word, "query") for word in reading.asked),
        ],
        "responses": {
            "200": {"description": reading.summary, "content": {reading.kind: {"schema": schema}}},
            **{
                str(status): {"description": "Refused", "content": refused}
                for status in (400, 401, *([404] if words else []), *reading.refuses)
            },
        },
    }


def _parameter(word: str, where: str) -> Mapping[str, Any]:
    made = {
        "name": word,
        "in": where,
        "required": where == "path",
        "schema": {"type": "string", "minLength": 1},
    }
    if where == "query" and word in filters.NAMES:
        said = f"Only answers with this {word}. Pages write it `{filters.NAMES[word]}`, which is"
        made["description"] = f"{said} taken here too, so that the address of a page can be used."
    return made
