"""One turn of a conversation in the making: what is stored, what is on show, what is to be said."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from surveys import fieldwork, introduction, keys, languages, screens, sitting
from surveys.chat import Desk, Line, Notice, Place, Reply, Screen, mark
from surveys.errors import (
    AlreadyAnswered,
    Limit,
    LinkWithdrawn,
    NotAdmitted,
    SurveyError,
    UnknownCode,
    WaveClosed,
    WaveNotOpen,
)
from surveys.fieldwork import Admission
from surveys.instrument import Instrument
from surveys.interview import Prompt, Step
from surveys.sitting import Sitting
from surveys.wording import say

REFUSALS: Final[Mapping[type[SurveyError], str]] = MappingProxyType(
    {
        UnknownCode: "unknown_code",
        WaveNotOpen: "not_open",
        WaveClosed: "closed",
        LinkWithdrawn: "withdrawn",
        AlreadyAnswered: "already",
    }
)
CARE: Final = ("care_title", "care_danger", "care_line", "care_quiet", "care_on")
OPENING: Final = (Screen.LANGUAGE, Screen.INTRO)


class Talk:
    """What one event finds, and the replies that it collects.

    `open` is the interview in progress: None before it is begun and after it is sent. `step`, where
    it is set, is shown in place of the interview's own, and `last_word` in place of any screen.
    """

    def __init__(self, session: Session, desk: Desk, place: Place, now: datetime) -> None:
        self.session = session
        self.desk = desk
        self.now = now
        self.open = sitting.resume(session, desk.key)
        self.place = self._agreed(place)
        self.notices: list[Notice] = []
        self.cares: tuple[Notice, ...] = ()
        self.toast = ""
        self.refused = self.reminds = self.written = False
        self.step: Step | None = None
        self.last_word: Reply | None = None
        self.other_code = ""
        self._admissions: dict[str, Admission] = {}
        self._settled: list[Reply] = []
        self._shows = self._redraws = False

    def _agreed(self, place: Place) -> Place:
        """The place as the draft allows it: a draft may have gone, or come back, meanwhile."""
        if self.open is None:
            lost = place.screen not in (*OPENING, Screen.SENT)
            return replace(place, screen=Screen.NOTHING) if lost else place
        place = replace(place, wave=self.open.wave_id)
        language = self.open.interview.draft.language
        fits = place.screen not in (Screen.NOTHING, Screen.INTRO, Screen.SENT)
        return replace(place, language=language, screen=place.screen if fits else Screen.ASKING)

    @property
    def mark(self) -> str:
        """What the buttons on show carry."""
        if self.open is not None:
            return mark(self.open.spends or keys.spend_hash(self.desk.ballot or ""))
        return self.place.sent or mark(self.place.code)

    def admitted(self) -> Admission:
        """What the place's code opens. Raises as `fieldwork.admit` does."""
        code = self.place.code
        if code not in self._admissions:
            self._admissions[code] = fieldwork.admit(self.session, code, self.now)
        return self._admissions[code]

    def promise(self) -> str:
        """The code of what may be promised about the answer; without a survey, the less."""
        about = self.open or (self.admitted() if self.place.code else None)
        if about is None:
            return introduction.promise("confidential", personal=False)
        return introduction.promise(about.anonymity, personal=about.personal)

    def languages(self) -> tuple[str, ...]:
        """The languages to choose from here."""
        if self.open is not None:
            return languages.spoken(self.session, self.open.interview.instrument)
        admitted = self.admitted().instrument if self.place.code else None
        return languages.spoken(self.session, admitted)

    # What to say

    def note(self, code: str, **words: Limit) -> None:
        """Say a sentence before whatever is shown."""
        self.notices.append(Notice(code, words))

    def care(self) -> None:
        """Say quietly whom to call, in a message of its own. Nothing of that is kept anywhere."""
        self.cares = tuple(map(Notice, CARE))

    def show(self, screen: Screen | None = None) -> None:
        """Put the screen below what was said."""
        self.place = replace(self.place, screen=screen or self.place.screen)
        self._shows = True

    def redraw(self, screen: Screen) -> None:
        """Put the screen where the message of the pressed button stands."""
        self.show(screen)
        self._redraws = True

    def ask_again(self) -> None:
        """Ask again what was asked. A menu needs no repeating: it is still above."""
        if self.place.screen is Screen.ASKING:
            self.show()

    def settle(self, text: str) -> None:
        """Take the buttons off the message that was answered."""
        self._settled.append(Reply(text, replaces=True))

    def refuse(self, refusal: SurveyError) -> None:
        """Say why a code opens nothing, in place of all that was to be said."""
        name = REFUSALS[type(refusal)]
        opens = f"{refusal.args[0]:%d.%m.%Y}" if isinstance(refusal, WaveNotOpen) else ""
        self._settled, self._shows, self._redraws = [], False, False
        self.notices = [Notice(f"{name}_title"), Notice(f"{name}_text", {"opens": opens})]
        if self.open is None:
            self.place = Place(language=self.place.language)
        self.ask_again()

    def replies(self, stood: str = "") -> tuple[Reply, ...]:
        """The messages, in order. `stood` is the question that typed text left above, unsettled."""
        said = [notice.text(self.place.language) for notice in self.notices]
        care = [Reply("\n".join(one.text(self.place.language) for one in self.cares))]
        before = [*self._settled, *(care if self.cares else [])]
        if not self._shows:
            return (*before, *([Reply(screens.paragraphs(*said))] if said else ()))
        shown = self.last_word or self.screen()
        text = screens.paragraphs(*said, shown.text)
        if stood and not self._settled:
            before.insert(0, Reply(stood, replaces=True))
        return (*before, replace(shown, text=text, replaces=self._redraws))

    # Beginning and ending

    def elsewhere(self, admission: Admission, code: str) -> bool:
        """Whether this survey is not for this channel; then where to answer it is the last word."""
        if admission.telegram or not self.desk.on_telegram:
            return False
        self.last_word = screens.elsewhere(self.desk, code, self.place.language)
        self.show()
        return True

    def begin(self) -> None:
        """Open the interview. On Telegram the ballot is burnt into the draft and forgotten here."""
        admission = self.admitted()
        if self.elsewhere(admission, self.place.code):
            self.place = Place(language=self.place.language)
            return
        self.settle(self.intro().text)
        spends = None
        if self.desk.ballot is None:
            token = self.place.code if admission.personal else keys.new_ballot()
            spends = keys.spend_hash(token)
        self.open = sitting.begin(
            self.session,
            admission,
            self.desk.key,
            mode=self.desk.mode,
            language=self.place.language,
            now=self.now,
            spends=spends,
        )
        self.show(Screen.ASKING)

    def discard(self, open_now: Sitting) -> None:
        """Throw the draft away."""
        open_now.discard()
        self.open = None

    def send(self, open_now: Sitting, *, early: bool) -> None:
        """Cast the ballot. The receipt is drawn from the ballot that the browser holds.

        On Telegram nobody holds one, so the receipt is drawn from a ballot made for it alone and is
        told once. One drawn from the invitation's hash, which is stored, would let whoever has
        the secret find each person's answer.
        """
        receipt = keys.receipt(self.desk.secret, self.desk.ballot or keys.new_ballot())
        again = self.opens_again()
        try:
            counted = open_now.send(
                spends=open_now.spends or self._right(), receipt=receipt, now=self.now, early=early
            )
        except (UnknownCode, NotAdmitted):
            self.discard(open_now)
            raise
        self.over(open_now.interview.instrument, again=again)
        if counted:
            self.last_word = screens.thanks(replace(self.place, again=False), self.desk, receipt)

    def _right(self) -> bytes:
        """What the ballot in the browser burns: the invitation it came with, or itself."""
        token = self.place.code if self.admitted().personal else self.desk.ballot
        return keys.spend_hash(token or "")

    def opens_again(self) -> bool:
        """Whether the place's code is an open link, and open."""
        try:
            return not self.admitted().personal
        except (UnknownCode, NotAdmitted):
            return False

    def over(self, instrument: Instrument, *, again: bool) -> None:
        """Nothing is open any more; remember that it is sent."""
        sent, language = self.mark, self.place.language
        self.open = None
        code, ending = self.place.code if again else "", instrument.next_step(language)
        self.place = Place(Screen.SENT, language, code, sent, ending, again, self.place.wave)
        self.show()

    def was_cast(self) -> bool:
        """Whether the browser's ballot is in: a second window sent it while this one stood open."""
        try:
            fieldwork.admit(self.session, self.desk.ballot or "", self.now)
        except AlreadyAnswered:
            return True
        except (UnknownCode, NotAdmitted):
            return False
        return False

    # What is on show

    def plain(self) -> str:
        """The question on show as it looks without its buttons; nothing where there is none."""
        if self.open is None or self.place.screen is not Screen.ASKING:
            return ""
        interview = self.open.interview
        step = interview.step()
        if isinstance(step, Prompt):
            return screens.asked(interview, step.item)
        return screens.summary(interview.draft, step)

    def screen(self) -> Reply:
        """The screen that the place and the interview describe."""
        match self.place.screen:
            case Screen.LANGUAGE:
                return screens.language_choice(self.languages(), self.mark)
            case Screen.INTRO:
                return self.intro()
            case Screen.SENT if self.desk.ballot is None:
                return screens.already(self.place)
            case Screen.SENT:
                receipt = keys.receipt(self.desk.secret, self.desk.ballot or "")
                return screens.thanks(self.place, self.desk, receipt)
        if self.open is None:
            return Reply(say("chat_nothing_open", self.place.language))
        return self._screen_of(self.open)

    def _screen_of(self, open_now: Sitting) -> Reply:
        interview = open_now.interview
        match self.place.screen:
            case Screen.STOPPING:
                return screens.stopping(interview, self.desk, self.mark)
            case Screen.RESUMING:
                return screens.resuming(self.place.language, self.mark, self.other_code)
            case Screen.KEPT:
                return screens.kept(self.place.language, self.mark)
        step = self.step or interview.step()
        if isinstance(step, Prompt):
            return screens.question(interview, step, self.desk, self.place.code, self.mark)
        if self.place.screen is Screen.CHANGING:
            return screens.changing(interview, step, self.mark)
        return screens.review(interview, step, self.mark)

    def intro(self) -> Reply:
        """The first message of the survey that is open, or about to be."""
        instrument = self.open.interview.instrument if self.open else self.admitted().instrument
        return screens.intro(instrument, self.promise(), self.desk, self.place, self.mark)

    def transcript(self) -> tuple[Line, ...]:
        """The opening, then every answered question but the one on show."""
        if self.open is None:
            return ()
        interview = self.open.interview
        step = interview.step()
        shown = step.item if isinstance(step, Prompt) else None
        lines = [Line(self.intro().text, own=False)]
        for item in interview.journey.route:
            if item.id != shown and item.id in interview.draft.answers:
                lines += [
                    Line(screens.asked(interview, item.id), own=False),
                    Line(screens.in_words(interview, item.id), own=True),
                ]
        return tuple(lines)
