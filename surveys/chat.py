"""What a chat is made of: events come in, replies go out, a place is kept between. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from surveys.errors import Limit
from surveys.instrument import SOURCE_LANGUAGE
from surveys.wording import say


class Screen(StrEnum):
    """What a chat waits for. The question on show is not among them: the interview computes it."""

    NOTHING = "nothing"
    LANGUAGE = "language"
    INTRO = "intro"
    ASKING = "asking"
    CHANGING = "changing"
    STOPPING = "stopping"
    RESUMING = "resuming"
    KEPT = "kept"
    SENT = "sent"


class Verb(StrEnum):
    """The first letter of a button's data: what pressing it means."""

    LANGUAGE = "l"
    START = "s"
    DECLINE = "d"
    ANSWER = "a"
    TICK = "t"
    DONE = "f"
    SKIP = "k"
    BACK = "b"
    CHANGE = "r"
    PICK = "c"
    REVIEW = "w"
    SEND = "z"
    SEND_EARLY = "e"
    KEEP = "o"
    DELETE = "x"
    GO_ON = "g"
    REMIND = "i"
    BEGIN_AGAIN = "n"
    ANSWER_AGAIN = "m"


@dataclass(frozen=True, slots=True)
class Button:
    """One button: pressing it hands `data` back, or opens `url`. Data is at most 64 bytes.

    `leads` marks the one that most people want, for a channel that can make it stand out. `face` is
    the face that may be drawn beside the words, for decoration, from 1 (sad) to 5 (happy).
    """

    label: str
    data: str = ""
    url: str = ""
    leads: bool = False
    face: int | None = None


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """The line to write on, for an item that is answered in words; `typed` is what stands in it."""

    item: str
    typed: str
    maximum: int | None


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the citizen.

    `replaces` says that it takes the place of the message whose button was pressed (for typed text:
    of the question on show) instead of coming below it. `original` is the Danish wording of a
    question in a language that is a draft; a channel shows it folded up below the text.
    """

    text: str
    rows: Rows = ()
    field: Field | None = None
    replaces: bool = False
    original: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that comes before the screen, by its code in `wording`."""

    code: str
    words: Mapping[str, Limit] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """The sentence in a language."""
        return say(self.code, language, **self.words)


@dataclass(frozen=True, slots=True)
class Place:
    """What a chat remembers beside its open interview; the channel keeps it as it is.

    `code` is what the survey was opened with. Once an answer is sent, `sent` is the mark of the
    interview that was sent, `ending` says what happens next, and `again` that the link is open to
    more answers. `wave` is what all this is about. `pressed` is the button of the last event:
    pressed again, it was a double tap. `long_at` is the second of the last text, where that was so
    long that more of it may come, and `long_kept` that it was taken as an answer.
    """

    screen: Screen = Screen.NOTHING
    language: str = SOURCE_LANGUAGE
    code: str = ""
    sent: str = ""
    ending: str = ""
    again: bool = False
    wave: int = 0
    pressed: str = ""
    long_at: int = 0
    long_kept: bool = False

    def dumps(self) -> str:
        """Write it as JSON."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def loads(cls, document: str) -> Self:
        """Read what `dumps` wrote. ValueError, KeyError or TypeError for anything else."""
        kept = json.loads(document)
        return cls(**{**kept, "screen": Screen(kept["screen"])})


@dataclass(frozen=True, slots=True)
class Desk:
    """What a channel lends to the conversation: who asks, where, and in whose name it keeps drafts.

    `key` is where the chat's draft is kept. `ballot` is the right to answer that the citizen's own
    browser holds; None where a channel has nowhere to keep it.
    """

    mode: str
    key: bytes
    secret: str
    municipality: str
    public_url: str
    help_phone: str = ""
    ballot: str | None = None

    @property
    def on_telegram(self) -> bool:
        """Whether Telegram reads along."""
        return self.mode == "telegram"


def mark(secret: bytes | str) -> str:
    """The six letters by which a button shows which opening or interview it belongs to."""
    content = secret.encode() if isinstance(secret, str) else secret
    return hashlib.blake2b(content, digest_size=3, person=b"button").hexdigest()


def press(verb: Verb, marked: str, *arguments: object) -> str:
    """The data of a button."""
    return ":".join([verb, marked, *map(str, arguments)])


def read_press(data: str) -> tuple[str, str, list[str]]:
    """Verb, mark and arguments of a button's data; of anything else, what no button carries."""
    verb, marked, *arguments = [*data.split(":"), "", ""][: max(2, data.count(":") + 1)]
    return verb, marked, arguments


@dataclass(frozen=True, slots=True)
class Typed:
    """Text that was written. A form names the `item` it was written for; a messaging app cannot.

    A messaging app says in which second it was sent (`at`, since 1970).
    """

    text: str
    item: str | None = None
    at: int = 0


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button, by its data."""

    data: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photo, a voice, a place: anything that is not text."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A message of their own that the citizen changed afterwards."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """The time has come that the citizen asked to be reminded at."""


Event = Typed | Pressed | Unreadable | Edited | Reminded


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes of an event.

    `place` is for the channel to keep, `replies` are the messages in their order. A channel that
    draws its whole page anew takes `notices` and `view`. `refused` says that input was refused and
    nothing of it stored; `toast` is the code of what is said beside the button that was pressed.
    `reminds` asks the channel to come back with `Reminded` tomorrow; any other turn calls that off.
    """

    place: Place
    replies: tuple[Reply, ...] = ()
    notices: tuple[Notice, ...] = ()
    toast: str = ""
    refused: bool = False
    reminds: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One bubble that stands above the screen; `own` is what the citizen said."""

    text: str
    own: bool
