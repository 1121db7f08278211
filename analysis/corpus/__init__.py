"""The code frames, and the synthetic comments that a theme model starts from (see DATACARD.md)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

AUDIENCES = ("citizen", "company", "course")


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme: its code, its name and what a coder includes under it.

    `continues` names the themes of the version before that it takes over, `words` what points at it
    beyond theirs.
    """

    code: str
    name: str
    definition: str
    continues: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeFrame:
    """The themes that one audience's comments are read with, in one version.

    `earlier` is the version that a person made this one from; the first has none. What is said of
    two versions at once goes through `translated`, or is not said.
    """

    audience: str
    version: str
    themes: tuple[Theme, ...]
    earlier: "CodeFrame | None" = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in the frame's order."""
        return tuple(theme.code for theme in self.themes)

    def name_of(self, code: str) -> str:
        """The name of a theme; its code where this version does not have it."""
        return next((theme.name for theme in self.themes if theme.code == code), code)

    def follows(self, version: str) -> bool:
        """Whether this is that version, or was made from it."""
        if self.version == version:
            return True
        return self.earlier is not None and self.earlier.follows(version)

    def translated(self, codes: Iterable[str], version: str) -> frozenset[str]:
        """What was coded in this version or an earlier one, in the themes of this one.

        What no theme continues is lost on the way. ValueError for a version that is not behind us.
        """
        if version == self.version:
            return frozenset(codes) & frozenset(self.codes)
        if self.earlier is None:
            raise ValueError(f"{self.version} was not made from {version}.")
        before = self.earlier.translated(codes, version)
        return frozenset(theme.code for theme in self.themes if before & set(theme.continues))

    def compared_with(self, version: str) -> frozenset[str]:
        """The themes that comments coded in another version say something about."""
        if version == self.version or self.earlier is None:
            return frozenset(self.codes) if version == self.version else frozenset()
        before = self.earlier.compared_with(version)
        return frozenset(
            theme.code
            for theme in self.themes
            if theme.continues and before.issuperset(theme.continues)
        )


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


@lru_cache(maxsize=1)
def common_words() -> tuple[str, ...]:
    """Words that say nothing about what a comment is about."""
    return tuple(_file("common.txt").split())


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


def cues_of(frame: CodeFrame) -> tuple[tuple[str, ...], ...]:
    """The words that point at each theme of any version of a code frame."""
    shipped = cues(frame.audience)

    def words(version: CodeFrame, code: str) -> tuple[str, ...]:
        earlier = version.earlier
        if earlier is None:
            return shipped[code]
        theme = version.themes[version.codes.index(code)]
        older = (word for one in theme.continues for word in words(earlier, one))
        return tuple(dict.fromkeys((*older, *theme.words)))

    return tuple(words(frame, code) for code in frame.codes)


def seeds_of(frame: CodeFrame) -> tuple[Seed, ...]:
    """The comments written for an audience, with the themes that a version of its frame has.

    A theme that continues none begins with its own definition and words.
    """
    if frame.earlier is None:
        return seeds(frame.audience)
    first = code_frame(frame.audience).version
    written = (
        replace(seed, themes=tuple(sorted(frame.translated(seed.themes, first))))
        for seed in seeds(frame.audience)
    )
    new = (theme for theme in frame.themes if not theme.continues)
    described = (
        Seed(text, "free", (theme.code,), "neutral", "da", theme.code)
        for theme in new
        for text in (theme.definition, f"{theme.name}. {' '.join(theme.words)}")
    )
    return (*written, *described)


def as_document(frame: CodeFrame) -> str:
    """A code frame with all its earlier versions, as JSON."""
    return json.dumps(asdict(frame), ensure_ascii=False)


def from_document(document: str) -> CodeFrame:
    """What `as_document` wrote."""

    def read(found: Mapping[str, Any]) -> CodeFrame:
        themes = (
            Theme(
                one["code"],
                one["name"],
                one["definition"],
                tuple(one["continues"]),
                tuple(one["words"]),
            )
            for one in found["themes"]
        )
        earlier = read(found["earlier"]) if found["earlier"] else None
        return CodeFrame(found["audience"], found["version"], tuple(themes), earlier)

    return read(json.loads(document))


@lru_cache(maxsize=1)
def corpus_digest() -> str:
    """SHA-256 of everything a model starts from, so that one learnt from it can be recognised."""
    names = [f"{audience}.{kind}" for audience in AUDIENCES for kind in ("jsonl", "yaml")]
    joined = "\0".join(_file(name) for name in [*names, "cues.yaml"])
    return hashlib.sha256(joined.encode()).hexdigest()


def _file(name: str) -> str:
    return (resources.files("analysis") / "corpus" / name).read_text("utf-8")
