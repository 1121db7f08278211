"""The one conversation of every chat: an event goes in, what to say comes out.

Telegram and the chat on our own page differ only in how they render a `Reply` and in where they
keep a `Place`. Repeating an event changes nothing: a button names its interview, its question and
its answer, and typed text comes here at most once.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from surveys import fieldwork, keys, languages, screens
from surveys.chat import (
    Desk,
    Edited,
    Event,
    Line,
    Place,
    Pressed,
    Reminded,
    Reply,
    Screen,
    Turn,
    Typed,
    Unreadable,
    Verb,
    mark,
    read_press,
)
from surveys.concern import concern
from surveys.errors import NotAdmitted, UnknownCode
from surveys.fieldwork import Admission
from surveys.instrument import clean
from surveys.interview import Draft, Prompt, Review
from surveys.sitting import Sitting
from surveys.talk import OPENING, Talk
from surveys.wording import say

_COMMAND = re.compile(r"/([a-zæøå]+)(?:@\w+)?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
SHORTEST_CUT: Final = 2048
"""A messaging app cuts a text that is longer than a message, at a word in its second half or at
the end; so the first part of one has at least this many characters."""
CUT_SECONDS: Final = 1
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def converse(session: Session, desk: Desk, place: Place, event: Event, now: datetime) -> Turn:
    """Take one event in the caller's transaction."""
    return _Conversation(session, desk, place, now).take(event)


def view(
    session: Session, desk: Desk, place: Place, now: datetime
) -> tuple[tuple[Line, ...], Reply]:
    """The conversation so far and the screen on show, for a channel that draws the whole page.

    Raises as `fieldwork.admit` does when the opening is on show and its code opens nothing.
    """
    talk = Talk(session, desk, place, now)
    return talk.transcript(), talk.screen()


def opening(session: Session, code: str, language: str, now: datetime) -> Place:
    """Where a code leads: to the choice of a language, or to the first message where there is one.

    Raises as `fieldwork.admit` does.
    """
    return _opening(session, fieldwork.admit(session, code, now), code, language)


def _opening(session: Session, admission: Admission, code: str, language: str) -> Place:
    names = languages.spoken(session, admission.instrument)
    screen = Screen.LANGUAGE if len(names) > 1 else Screen.INTRO
    chosen = language if language in names else names[0]
    return Place(screen, chosen, code, wave=admission.wave_id)


class _Conversation(Talk):
    def take(self, event: Event) -> Turn:
        """Handle the event and put together what to say."""
        stood = self.plain() if isinstance(event, Typed) else ""
        try:
            self._handle(event)
            replies = self.replies(stood)
        except (UnknownCode, NotAdmitted) as refusal:
            self.refuse(refusal)
            replies = self.replies()
        if self.open is not None:
            self.open.save(self.now)
        pressed = event.data if isinstance(event, Pressed) and not self.toast else ""
        place = replace(self.place, pressed=pressed, long_at=self._long_at(event))
        place = replace(place, long_kept=bool(place.long_at) and self.written)
        said = (*self.cares, *self.notices)
        return Turn(place, replies, said, self.toast, self.refused, self.reminds)

    def _handle(self, event: Event) -> None:
        match event:
            case Unreadable():
                self.note("chat_text_only")
            case Edited():
                self.note("chat_not_edited")
            case Reminded():
                self._remind()
            case Typed(text, item, at):
                if concern(text):
                    self.care()
                if self._continues(at):
                    self._cut_off()
                else:
                    self._typed(clean(text), item)
            case Pressed(data) if data.startswith("/"):
                self._command(data[1:], "")
            case Pressed(data) if data != self.place.pressed:
                self._pressed(*read_press(data))

    def _remind(self) -> None:
        """Keep the promise to come back; nothing where the answers are gone by now."""
        if self.open is not None:
            self.note("chat_reminded")
            self.show(Screen.KEPT)

    # Text

    def _continues(self, at: int) -> bool:
        """Whether this is the rest of a text that the messaging app has cut in two."""
        return self.place.long_at > 0 and 0 <= at - self.place.long_at <= CUT_SECONDS

    @staticmethod
    def _long_at(event: Event) -> int:
        """When this came, where more of it may come."""
        return event.at if isinstance(event, Typed) and len(event.text) >= SHORTEST_CUT else 0

    def _cut_off(self) -> None:
        """The rest of a text is no answer to the next question. All of it was too long."""
        if self.place.long_kept:
            self.note("chat_cut_off")
            self.ask_again()

    def _typed(self, text: str, item: str | None) -> None:
        if not text and item is None:
            self.note("chat_text_only")
        elif command := _COMMAND.fullmatch(text):
            self._command(command[1].lower(), (command[2] or "").strip())
        elif self.open is not None and self.place.screen is Screen.ASKING:
            self._written(self.open, text, item)
        elif self.place.screen is Screen.KEPT:
            self.show(Screen.ASKING)
        elif self.open is not None:
            self.note("chat_use_buttons")
        elif _is_code(text):
            self._arrive(text)
        else:
            if self.place.screen in OPENING:
                self.note("chat_press_start")
            self.show()

    def _written(self, open_now: Sitting, text: str, item: str | None) -> None:
        step = open_now.interview.step()
        if item is not None:
            self._answer(open_now, item, text)
        elif isinstance(step, Prompt) and not step.options:
            self._answer(open_now, step.item, text)
        elif isinstance(step, Prompt) and (raw := _named(step, text)):
            self._answer(open_now, step.item, raw)
        elif _is_code(text) and self._opens_something(text):
            self._arrive(text)
        else:
            self.note("chat_use_buttons")
            self.show()

    def _opens_something(self, code: str) -> bool:
        try:
            code = fieldwork.recognised(self.session, code, self.desk.secret)
            fieldwork.admit(self.session, code, self.now)
        except (UnknownCode, NotAdmitted):
            return False
        return True

    def _command(self, name: str, argument: str) -> None:
        step = self.open.interview.step() if self.open else None
        match name:
            case "start" if argument:
                self._arrive(argument)
            case "start":
                self._start_over()
            case "sprog":
                self.show(Screen.LANGUAGE)
            case "tilbage" if self.open:
                self.open.interview.back()
                self.show(Screen.ASKING)
            case "spring" if self.open and isinstance(step, Prompt):
                self._answer(self.open, step.item, None)
            case "stop" if self.open:
                self.show(Screen.STOPPING)
            case "stop" if self.place.screen in OPENING:
                self._decline()
            case "tilbage" | "spring" | "stop":
                self.show()
            case "slet":
                self._delete()
            case "privatliv":
                self.notices += screens.privacy(self.desk, self.promise())
                self.ask_again()
            case "hjaelp" | "hjælp":
                self.notices += screens.guidance(self.desk)
                self.ask_again()
            case _:
                self.note("chat_unknown")
                self.ask_again()

    def _start_over(self) -> None:
        if self.open is not None:
            self.show(Screen.RESUMING)
        elif self.place.screen is not Screen.NOTHING:
            self.show()
        elif self.place.code:
            self._arrive(self.place.code)
        else:
            self.note("chat_hello", municipality=self.desk.municipality)
            self.note("chat_no_code")

    def _arrive(self, code: str) -> None:
        """Open what a code opens, or ask first where that would end an open interview."""
        code = fieldwork.recognised(self.session, code, self.desk.secret)
        if self.place.screen is Screen.SENT and self.place.again and code == self.place.code:
            self.show()
            return
        admission = fieldwork.admit(self.session, code, self.now)
        place = _opening(self.session, admission, code, self.place.language)
        if self.elsewhere(admission, code):
            return
        if self.open is not None:
            self.other_code = code
            self.show(Screen.RESUMING)
        else:
            self.place = place
            self.show()

    def _decline(self) -> None:
        self.note("chat_declined")
        self.place = Place(language=self.place.language)

    def _delete(self) -> None:
        if self.open is not None:
            self.discard(self.open)
            self.note("chat_deleted")
        else:
            self.note("chat_nothing_to_delete")
            if self.place.sent:
                self.note("chat_sent_cannot_delete")
        self.place = Place(language=self.place.language)

    # Buttons

    def _pressed(self, verb: str, marked: str, arguments: list[str]) -> None:
        if self.open is None and marked == self.mark:
            self._pressed_outside(verb, arguments)
        elif self.open is not None and marked == self.mark:
            self._pressed_inside(self.open, verb, arguments)
        else:
            self._pressed_late(verb, marked)

    def _pressed_outside(self, verb: str, arguments: list[str]) -> None:
        match verb, arguments:
            case Verb.LANGUAGE, [language] if language in self.languages():
                self.settle(screens.chosen_language(self.languages(), language))
                self.place = replace(self.place, language=language)
                if self.place.sent:
                    self.show(Screen.SENT)
                elif self.place.code:
                    self.show(Screen.INTRO)
                else:
                    self.place = replace(self.place, screen=Screen.NOTHING)
                    self.note("chat_no_code")
            case Verb.START, [] if self.place.screen in OPENING:
                self.begin()
            case Verb.DECLINE, [] if self.place.screen in OPENING:
                self.settle(self.intro().text)
                self._decline()
            case Verb.ANSWER_AGAIN, [] if self.place.again:
                self.settle(screens.already(self.place).text)
                self.place = Place(language=self.place.language, code=self.place.code)
                self._arrive(self.place.code)
            case _:
                self._pressed_late(verb, self.mark)

    def _pressed_late(self, verb: str, marked: str) -> None:
        """A button of something that is over. A second tap on what ended it is no news."""
        sending = verb in (Verb.SEND, Verb.SEND_EARLY)
        gone = verb in (Verb.DECLINE, Verb.DELETE) and self.place.screen is Screen.NOTHING
        begun = verb == Verb.START and self.open is not None and marked == mark(self.place.code)
        if sending and self.open is None and self.was_cast():
            self.over(self.admitted().instrument, again=self.opens_again())
        elif not (gone or begun or (sending and marked == self.place.sent)):
            self.note("chat_expired")
            self.show()

    def _pressed_inside(self, open_now: Sitting, verb: str, arguments: list[str]) -> None:
        interview = open_now.interview
        step = interview.step()
        match verb, arguments:
            case Verb.ANSWER | Verb.TICK | Verb.DONE | Verb.SKIP | Verb.BACK | Verb.PICK, [_, *_]:
                self._pressed_item(open_now, verb, arguments)
            case Verb.LANGUAGE, [language] if language in self.languages():
                self.settle(screens.chosen_language(self.languages(), language))
                interview.speak(language)
                self.place = replace(self.place, language=language)
                self.show(Screen.ASKING)
            case Verb.CHANGE, [] if isinstance(step, Review):
                self.redraw(Screen.CHANGING)
            case Verb.REVIEW, []:
                self.redraw(Screen.ASKING)
            case Verb.SEND, [] if isinstance(step, Review):
                self.settle(screens.summary(interview.draft, step))
                self.send(open_now, early=False)
            case Verb.SEND_EARLY, []:
                self.settle(say("chat_stop", self.place.language))
                self.send(open_now, early=True)
            case Verb.KEEP, []:
                self.settle(say("chat_stop", self.place.language))
                self.show(Screen.KEPT)
            case Verb.REMIND, [] if self.desk.on_telegram:
                self.settle(say("chat_stop", self.place.language))
                self.note("chat_will_remind")
                self.show(Screen.KEPT)
                self.reminds = True
            case Verb.DELETE, []:
                self.settle(say("chat_stop", self.place.language))
                self._delete()
            case Verb.GO_ON, []:
                self.settle(say(_ASKED.get(self.place.screen, "chat_stop"), self.place.language))
                self.show(Screen.ASKING)
            case Verb.BEGIN_AGAIN, [code]:
                self.settle(say("chat_going_on", self.place.language))
                self._begin_again(open_now, code)
            case _:
                self.note("chat_expired")
                self.show(Screen.ASKING)

    def _begin_again(self, open_now: Sitting, code: str) -> None:
        if code:
            self.discard(open_now)
            self.place = Place(language=self.place.language)
            self._arrive(code)
        else:
            open_now.interview.draft = Draft(self.place.language)
            self.show(Screen.ASKING)

    def _pressed_item(self, open_now: Sitting, verb: str, arguments: list[str]) -> None:
        interview = open_now.interview
        step = interview.step()
        item, option = screens.at(interview.instrument, arguments)
        shown = item is not None and isinstance(step, Prompt) and step.item == item.id
        if item is None:
            self.note("chat_expired")
            self.show(Screen.ASKING)
        elif verb == Verb.ANSWER and option is not None:
            # A button of an earlier question is a correction, unless it says what is stored anyway
            if shown or interview.draft.answers.get(item.id) != item.parse(option):
                self._answer(open_now, item.id, option)
        elif verb == Verb.TICK and option is not None and shown:
            if interview.tick(item.id, option, on=arguments[-1] == "1") != step:
                self.redraw(Screen.ASKING)
        elif verb == Verb.DONE and shown and not interview.draft.ticked:
            self.toast = "not_a_choice"
        elif verb == Verb.DONE and shown:
            self._answer(open_now, item.id, list(interview.draft.ticked or ()))
        elif verb == Verb.SKIP and shown:
            self._answer(open_now, item.id, None)
        elif verb == Verb.BACK and shown:
            interview.back()
            self.redraw(Screen.ASKING)
        elif verb == Verb.PICK and interview.journey.visitable(item.id):
            interview.look(item.id)
            self.redraw(Screen.ASKING)
        else:
            self.note("stale")
            self.show(Screen.ASKING)

    def _answer(self, open_now: Sitting, item_id: str, raw: object) -> None:
        interview = open_now.interview
        before = interview.step()
        visitable = interview.journey.visitable(item_id)
        head = screens.asked(interview, item_id) if visitable else ""
        corrected = False
        step = interview.answer(item_id, raw)
        if isinstance(step, Prompt) and step.problem is not None:
            self.refused = True
            self.note(step.problem.code, **step.problem.limits)
            self.step = step
        elif step.stale:
            self.note("stale")
        else:
            self.written = isinstance(raw, str)
            words = screens.in_words(interview, item_id)
            self.settle(screens.answered(head, words, self.place.language))
            for kind, count in step.removed.items():
                self.note(f"removed_{kind}", n=count)
            if step.removed:
                self.note("removed_why")
            if isinstance(step, Prompt) and isinstance(before, Prompt):
                # An earlier answer is corrected, and the question on show stays where it is
                corrected = step.item == before.item != item_id
        if not corrected:
            self.show(Screen.ASKING)


_ASKED: Final[Mapping[Screen, str]] = MappingProxyType(
    {Screen.STOPPING: "chat_stop", Screen.RESUMING: "chat_going_on", Screen.KEPT: "chat_kept"}
)


def _is_code(text: str) -> bool:
    return keys.heard(text) is not None or _TOKEN.fullmatch(text) is not None


def _named(step: Prompt, text: str) -> str | None:
    """The option that was typed out in words."""
    wanted = text.casefold()
    return next((o.raw for o in step.options if o.label.casefold() == wanted), None)
