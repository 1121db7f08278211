"""The code frames, and the synthetic comments that a theme model starts from (see DATACARD.md)."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml

AUDIENCES = ("citizen", "company", "course")


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


@lru_cache(maxsize=4)
def cues(audience: str) -> dict[str, tuple[str, ...]]:
    """Words that point at each theme of an audience, or, for "sentiment", at each mood."""
    document = yaml.safe_load(_file("cues.yaml"))
    return {code: tuple(words.split()) for code, words in document[audience].items()}


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


@lru_cache(maxsize=1)
def corpus_digest() -> str:
    """SHA-256 of everything a model starts from, so that one learnt from it can be recognised."""
    names = [f"{audience}.{kind}" for audience in AUDIENCES for kind in ("jsonl", "yaml")]
    joined = "\0".join(_file(name) for name in [*names, "cues.yaml"])
    return hashlib.sha256(joined.encode()).hexdigest()


def _file(name: str) -> str:
    return (resources.files("analysis") / "corpus" / name).read_text("utf-8")
