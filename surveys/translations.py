"""What a translator has to do: every Danish text, where it is used, and what a language lacks."""

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from surveys import definition, wording
from surveys.domains import SOURCE_LANGUAGE
from surveys.errors import Defect
from surveys.inspection import LONGEST_LABEL
from surveys.wording import LANGUAGE_NAMES, TEXTS, Translation

MOST_PLACES = 3
"""So many places are named where a text is used."""

# In a text from right to left an isolate stands before it
_COMMAND = re.compile(r"(?<![^\s\u2066])/[a-z]+")


@dataclass(frozen=True, slots=True)
class Message:
    """One Danish text, or its singular and plural, and the codes and places that use it."""

    danish: str | tuple[str, str]
    used: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What it is looked up under."""
        return wording.key(self.danish)


def messages() -> Mapping[str, Message]:
    """Everything that respondents read, of the product and of the instruments that ship."""
    found: dict[str, Message] = {}
    for code, text in TEXTS.items():
        found.setdefault(wording.key(text), Message(text)).used.append(code)
    for name, document in definition.sources().items():
        for path, texts, _ in document.wordings:
            danish = texts[SOURCE_LANGUAGE]
            found.setdefault(danish, Message(danish)).used.append(f"{name} {path}")
    return found


def defects(language: str) -> tuple[Defect, ...]:
    """Everything that keeps the catalogue of a language from being complete and right."""
    path = f"{language}.po"
    if language == SOURCE_LANGUAGE:
        return ()
    translation = wording.translation(language)
    if translation is None:
        return (
            Defect(
                path,
                "There is no such catalogue.",
                f"Begin it with: hoert language missing {language}"
                if language in LANGUAGE_NAMES
                else f"Use {', '.join(LANGUAGE_NAMES)}.",
            ),
        )
    return (
        *_header(path, translation),
        *_missing(path, translation),
        *_obsolete(path, translation),
        *_misplaced(path, translation),
    )


def missing(language: str) -> str:
    """The texts that a language lacks, as PO entries to fill in and append; "" for none."""
    translation = wording.translation(language)
    lacking = Catalog(locale=language)
    for key, message in messages().items():
        if translation is None or not translation.has(key):
            lacking.add(message.danish, auto_comments=message.used[:MOST_PLACES])
    if not len(lacking):
        return ""
    written = BytesIO()
    write_po(written, lacking, omit_header=True, width=0)
    header = "" if translation else _HEADER.format(language=language, plurals=lacking.plural_forms)
    return header + written.getvalue().decode().strip() + "\n"


_HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: Hørt 1\\n"
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"X-Status: draft\\n"
"X-Reviewed-By: \\n"

"""


def _header(path: str, translation: Translation) -> Iterator[Defect]:
    if translation.status not in {"reviewed", "draft"}:
        yield Defect(path, "It does not say its status.", "Add X-Status: draft to the header.")
    if translation.is_reviewed and not translation.reviewed_by:
        yield Defect(path, "It does not say who reviewed it.", "Add X-Reviewed-By to the header.")


def _missing(path: str, translation: Translation) -> Iterator[Defect]:
    for key, message in messages().items():
        if not translation.has(key):
            yield Defect(f"{path}: {key}", "It is not translated.", f"Used by {message.used[0]}.")


def _obsolete(path: str, translation: Translation) -> Iterator[Defect]:
    known = messages()
    names = set(definition.sources())
    for message in translation.messages:
        key = wording.key(message.id)
        if not key:
            continue
        if key not in known:
            yield Defect(f"{path}: {key}", "Nothing says this any more.", "Remove it.")
        if message.context is not None and message.context not in names:
            yield Defect(
                f"{path}: {key}",
                f"There is no instrument “{message.context}”.",
                "msgctxt is the name of the instrument that needs other words.",
            )


def _misplaced(path: str, translation: Translation) -> Iterator[Defect]:
    known = messages()
    labels = {
        key for key, message in known.items() if any(one.endswith(".label") for one in message.used)
    }
    for message in translation.messages:
        key = wording.key(message.id)
        if not key or key not in known:
            continue
        danish = known[key].danish
        if isinstance(danish, str) is not isinstance(message.string, str):
            yield Defect(
                f"{path}: {key}",
                "It has a plural in one of the languages only.",
                "Write msgid_plural where the Danish has it, and only there.",
            )
            continue
        wanted = set().union(*map(_gaps, wording.forms(danish)))
        marked = set().union(*map(_commands, wording.forms(danish)))
        for translated in filter(None, wording.forms(message.string)):
            try:
                gaps = _gaps(translated)
            except ValueError:
                yield Defect(f"{path}: {key}", "A brace is not closed.", "Close it, or remove it.")
                continue
            # A singular may say "one" in a word
            if gaps - wanted or (wanted - gaps) - {"n"}:
                yield Defect(
                    f"{path}: {key}",
                    f"It has {_listed(gaps)} where the Danish has {_listed(wanted)}.",
                    "Copy what is in braces as it is.",
                )
            if _commands(translated) != marked:
                yield Defect(
                    f"{path}: {key}",
                    f"It has {_listed(_commands(translated))} where the Danish has"
                    f" {_listed(marked)}.",
                    "Commands like /slet are the same in every language.",
                )
            if key in labels and len(translated) > LONGEST_LABEL:
                yield Defect(
                    f"{path}: {key}",
                    f"{len(translated)} characters do not fit a phone or a chat button.",
                    f"Use at most {LONGEST_LABEL}.",
                )
            if translated != translated.strip() or "  " in translated:
                yield Defect(f"{path}: {key}", "It has spaces that do not belong.", "Remove them.")


def _gaps(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def _commands(text: str) -> frozenset[str]:
    return frozenset(_COMMAND.findall(text))


def _listed(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
