"""Everything that can be refused in the core.

SurveyError
├── InvalidAnswer        a response domain refuses raw input; carries a code, never wording
├── InvalidDefinition    a document is not an instrument; carries every defect
├── UnknownSurvey        no survey or instrument of that name
├── UnknownCode          a link, short code or invitation that never existed
├── NotAdmitted          a code that existed but admits nobody now
│   ├── WaveNotOpen      the wave has not opened yet
│   ├── WaveClosed       the wave has closed
│   ├── LinkWithdrawn    staff took the link or invitation back
│   └── AlreadyAnswered  the invitation is burnt
└── IncompleteInterview  a finish was asked for while a required item is unanswered

None of them carries a status code, markup, an answer or a token. Channels map type to wording.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class SurveyError(Exception):
    """Root of the tree: the caller asked for something that the core refuses."""


class InvalidAnswer(SurveyError):
    """Raw input outside the response domain. `code` names a text in `wording`, `limits` fill it."""

    def __init__(self, code: str, **limits: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.limits = limits


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong with an instrument document: where, why, and what to do about it."""

    path: str
    cause: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {self.cause} {self.remedy}"


class InvalidDefinition(SurveyError):
    """A document that is not an instrument. `defects` lists all that is wrong with it."""

    def __init__(self, defects: Sequence[Defect]) -> None:
        super().__init__("\n".join(map(str, defects)))
        self.defects = tuple(defects)


class UnknownSurvey(SurveyError):
    """No survey and no instrument has this name; `known` lists those that exist."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no survey called {name!r}. Known: {', '.join(known) or 'none'}."
        )
        self.known = tuple(known)


class UnknownCode(SurveyError):
    """The code was never issued here. Deliberately does not carry it."""


class NotAdmitted(SurveyError):
    """The code is genuine but admits nobody now."""


class WaveNotOpen(NotAdmitted):
    """The wave opens later."""


class WaveClosed(NotAdmitted):
    """The wave no longer takes answers."""


class LinkWithdrawn(NotAdmitted):
    """Staff took the link or the invitation back."""


class AlreadyAnswered(NotAdmitted):
    """The invitation is burnt: its answer is in."""


class IncompleteInterview(SurveyError):
    """Finishing needs an answer to `item` first."""

    def __init__(self, item: str) -> None:
        super().__init__(item)
        self.item = item
