"""The code frames, and the synthetic comments that a theme model starts from (see DATACARD.md)."""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme: its code, its name and what a coder includes under it."""

    code: str
    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class CodeFrame:
    """The themes that one audience's comments are read with. A trend stays within one version."""

    audience: str
    version: str
    themes: tuple[Theme, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in the frame's order."""
        return tuple(theme.code for theme in self.themes)


@dataclass(frozen=True, slots=True)
class Seed:
    """One comment of the corpus with the themes its writer gave it.

    Whoever tests holds out all comments of an `author` together.
    """

    text: str
    question: str
    themes: tuple[str, ...]
    sentiment: str
    language: str
    author: str


@lru_cache(maxsize=3)
def code_frame(audience: str) -> CodeFrame:
    """The code frame of citizen, company or course."""
    document = yaml.safe_load(_file(f"{audience}.yaml"))
    themes = tuple(
        Theme(entry["code"], entry["name"], " ".join(entry["definition"].split()))
        for entry in document["themes"]
    )
    return CodeFrame(audience, f"{audience}-1", themes)


@lru_cache(maxsize=3)
def seeds(audience: str) -> tuple[Seed, ...]:
    """The comments written for one audience, in the file's order."""
    lines = (json.loads(line) for line in _file(f"{audience}.jsonl").splitlines())
    return tuple(
        Seed(
            text=line["text"],
            question=line["question"],
            themes=tuple(line["themes"]),
            sentiment=line["sentiment"],
            language=line["language"],
            author=line["author"],
        )
        for line in lines
    )


def _file(name: str) -> str:
    return (resources.files("analysis") / "corpus" / name).read_text("utf-8")
