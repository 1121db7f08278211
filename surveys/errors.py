"""Everything that can be refused in the core.

SurveyError
├── InvalidAnswer        a response domain refuses raw input; carries a code, never wording
├── InvalidDefinition    a document is not an instrument; carries every defect
├── DraftOvertaken       somebody else has saved or published the draft since it was read
├── NameTaken            an instrument has this name already
├── UnknownSurvey        no survey or instrument of that name
├── UnknownCode          a link, short code or invitation that never existed
├── UnknownReference     nobody in a sampling frame has this reference
├── WaveExists           a survey has a wave of that name
├── AnonymityFixed       a wave has invitations, and what they were promised stays
├── AnonymousWave        no answer of a wave leads to an invitation
├── RunUnderWay          a course run's participants are asked already
├── KnownMember          a company is in the panel already
├── ConsentTooOld        a company joins the panel by a consent of long ago
├── NobodyToAsk          everybody in the panel was asked as often as they agreed to
├── FrameOrLink          a wave has a sampling frame or an open link, never both
├── SecretChanged        invitations cannot be found again: SECRET_KEY is another than it was
├── UnreadableFile       a file is no table; carries a code, never wording
├── UnusableCell         a cell of a table is not what its column holds; carries a code
├── UnusableRows         rows of a file cannot be taken in; carries every problem
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
from datetime import date
from decimal import Decimal

Limit = str | int | Decimal | date
"""What fills in the words for a refusal."""


class SurveyError(Exception):
    """Root of the tree: the caller asked for something that the core refuses."""


class InvalidAnswer(SurveyError):
    """Raw input outside the response domain. `code` names a text in `wording`, `limits` fill it."""

    def __init__(self, code: str, **limits: Limit) -> None:
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


class DraftOvertaken(SurveyError):
    """Somebody else has saved, published or thrown away the draft since it was read."""


class NameTaken(SurveyError):
    """An instrument or a draft has this name already."""


class UnknownSurvey(SurveyError):
    """No survey and no instrument has this name; `known` lists those that exist."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no survey called {name!r}. Known: {', '.join(known) or 'none'}."
        )
        self.known = tuple(known)


class UnknownCode(SurveyError):
    """The code was never issued here. Deliberately does not carry it."""


class UnknownReference(SurveyError):
    """Nobody in this sampling frame has the reference."""


class WaveExists(SurveyError):
    """The survey has a wave of this name already."""


class AnonymityFixed(SurveyError):
    """The wave has invitations: what those invited were promised cannot be changed."""


class AnonymousWave(SurveyError):
    """The wave is anonymous: no answer of it leads to an invitation."""


class RunUnderWay(SurveyError):
    """The participants of a course run are being asked, or were: its last day stands."""


class KnownMember(SurveyError):
    """This company is in the panel already."""


class ConsentTooOld(SurveyError):
    """A company's consent was not given lately, or is to be given in the future."""


class NobodyToAsk(SurveyError):
    """Everybody in the panel is asked already, or was asked as often as they agreed to."""


class FrameOrLink(SurveyError):
    """A wave is answered by those in its sampling frame or by anybody with its link, not by both:
    the number who answered could exceed the number who were asked."""


class SecretChanged(SurveyError):
    """SECRET_KEY is not what it was when people were invited, so their links cannot be made again.
    Put the old one back, or invite again."""


class UnusableCell(SurveyError):
    """A cell of a table that is not what its column holds. `code` names a wording."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnreadableFile(SurveyError):
    """A file that cannot be read as a table. `code` names a wording, `found` fills it."""

    def __init__(self, code: str, found: str = "") -> None:
        super().__init__(f"{code} {found}".strip())
        self.code = code
        self.found = found


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file: the row as the spreadsheet counts, the column's heading, a code.

    `found` is what stood there, where it is neither a name, a number of a person nor an address.
    """

    code: str
    row: int | None = None
    column: str = ""
    found: str = ""


class UnusableRows(SurveyError):
    """Nothing is taken in from a file as long as `problems` lists something wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


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
