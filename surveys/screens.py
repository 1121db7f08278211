"""What a chat shows: each screen as text and buttons, the same in every chat. Pure."""

import re
from collections.abc import Iterable, Sequence

from surveys import introduction
from surveys.chat import Button, Desk, Field, Notice, Place, Reply, Rows, Verb, press
from surveys.instrument import Instrument, Item, Missing
from surveys.interview import Draft, Interview, Option, Prompt, Review
from surveys.wording import LANGUAGE_NAMES, is_draft, say

TICK = "✓ "
PROMINENT = 40
_ABOUT_CASES = ("intro_no_effect", "intro_if_case")
_NAMED = ("intro_identified", "intro_confidential_own")
_PLACE = re.compile(r"[0-9]{1,3}")


def paragraphs(*parts: str) -> str:
    """Parts with an empty line between them; empty parts leave no trace."""
    return "\n\n".join(part for part in parts if part)


def sentences(codes: Iterable[str], language: str, **words: object) -> str:
    """Several texts as one paragraph."""
    return " ".join(say(code, language, **words) for code in codes)


def language_choice(names: Sequence[str], marked: str) -> Reply:
    """The languages, each in its own name."""
    asked = dict.fromkeys(say("chat_choose_language", name) for name in names)
    return Reply(
        "\n".join(asked),
        tuple(
            (Button(LANGUAGE_NAMES[name], press(Verb.LANGUAGE, marked, name)),) for name in names
        ),
    )


def chosen_language(names: Sequence[str], language: str) -> str:
    """What becomes of the languages when one is chosen."""
    return paragraphs(language_choice(names, "").text, LANGUAGE_NAMES[language])


def intro(instrument: Instrument, promise: str, desk: Desk, place: Place, marked: str) -> Reply:
    """The first message in eight short sentences: who asks, that it is voluntary, who sees it."""
    language = place.language
    confided = (
        ["chat_telegram", promise if promise in _NAMED else "chat_not_stored"]
        if desk.on_telegram
        else [promise]
    )
    assured = introduction.assurances(instrument)
    if desk.on_telegram:
        # Eight sentences are enough for a phone; /privatliv says who reads the answers
        assured = tuple(code for code in assured if code in _ABOUT_CASES)
    text = paragraphs(
        " ".join(words for _, words in introduction.draft_note(language)),
        say("intro_who", language, municipality=desk.municipality)
        + " "
        + instrument.purpose(language),
        introduction.length(instrument, language)
        + " "
        + sentences(["intro_voluntary", *assured], language),
        sentences([*confided, "intro_do_not_write"], language),
    )
    rows: list[tuple[Button, ...]] = [
        (Button(say("start", language), press(Verb.START, marked), leads=True),),
        (Button(say("no_thanks", language), press(Verb.DECLINE, marked)),),
    ]
    if desk.on_telegram and place.code:
        rows.insert(1, (_on_the_web(desk, place.code, language),))
    return Reply(text, tuple(rows))


def question(interview: Interview, prompt: Prompt, desk: Desk, code: str, marked: str) -> Reply:
    """One question with its buttons; an answer given before is shown, so that it can be changed."""
    language = interview.draft.language
    place = _place(interview, prompt.item)
    several = prompt.kind == "multiple"
    hints = [prompt.help or ""]
    if several:
        hints += [say("chat_press_done" if prompt.help else "choose_several", language)]
    elif not prompt.options:
        hints += [say("write_answer", language)]
    given = prompt.typed or ", ".join(o.label for o in prompt.options if o.selected)
    now = say("chat_your_answer", language, answer=given) if given and not several else ""
    rows = [
        (_option(option, prompt, place, index, marked),)
        for index, option in enumerate(prompt.options)
    ]
    if several:
        rows += [(Button(say("done", language), press(Verb.DONE, marked, place), leads=True),)]
    if prompt.kind == "text" and desk.on_telegram and code:
        rows += [(_on_the_web(desk, code, language),)]
    back = Button(say("back", language), press(Verb.BACK, marked, place))
    skip = Button(say("skip", language), press(Verb.SKIP, marked, place))
    way = (*(() if prompt.first else (back,)), *(() if prompt.required else (skip,)))
    return Reply(
        paragraphs(asked(interview, prompt.item), " ".join(filter(None, hints)), now),
        (*rows, way) if way else tuple(rows),
        None if prompt.options else Field(prompt.item, prompt.typed, prompt.maximum),
        original=_original(prompt) if is_draft(language) else "",
    )


def _original(prompt: Prompt) -> str:
    options = "\n".join(f"– {option.original}" for option in prompt.options)
    return paragraphs(prompt.original, options) if prompt.original else ""


def asked(interview: Interview, item_id: str) -> str:
    """The question itself with its place: "2 af 5". The item is on the route."""
    language = interview.draft.language
    progress = interview.journey.progress(item_id)
    place = say("progress_short", language, position=progress.position, total=progress.total)
    return paragraphs(place, interview.instrument[item_id].text(language))


def in_words(interview: Interview, item_id: str) -> str:
    """The answer to an answered item."""
    language = interview.draft.language
    given = interview.draft.answers[item_id]
    if isinstance(given, Missing):
        return say(given.value, language)
    return interview.instrument[item_id].domain.describe(given, language)


def answered(head: str, words: str, language: str) -> str:
    """What becomes of a question when it is answered: the question and the answer, no buttons."""
    return paragraphs(head, say("chat_your_answer", language, answer=words))


def review(interview: Interview, checked: Review, marked: str) -> Reply:
    """All answers, to be checked before they are sent."""
    language = interview.draft.language
    return Reply(
        summary(interview.draft, checked),
        (
            (Button(say("send", language), press(Verb.SEND, marked), leads=True),),
            (Button(say("change", language), press(Verb.CHANGE, marked)),),
        ),
    )


def summary(draft: Draft, checked: Review) -> str:
    """The answers in words, numbered."""
    lines = [
        f"{number}. {line.question}\n{line.answer or say(line.missing or '', draft.language)}"
        for number, line in enumerate(checked.lines, start=1)
    ]
    return paragraphs(
        say("review_title", draft.language), say("review_text", draft.language), *lines
    )


def changing(interview: Interview, checked: Review, marked: str) -> Reply:
    """Which answer to change: one button for each question."""
    language = interview.draft.language
    rows = [
        (
            Button(
                _shortened(f"{number}. {line.question}"),
                press(Verb.PICK, marked, _place(interview, line.item)),
            ),
        )
        for number, line in enumerate(checked.lines, start=1)
    ]
    back = Button(say("back", language), press(Verb.REVIEW, marked))
    return Reply(say("chat_choose_change", language), (*rows, (back,)))


def stopping(interview: Interview, desk: Desk, marked: str) -> Reply:
    """What to do with the answers given so far."""
    language = interview.draft.language
    choices = [("go_on", Verb.GO_ON), ("keep_for_later", Verb.KEEP)]
    if desk.on_telegram:
        choices += [("remind_tomorrow", Verb.REMIND)]
    if any(not isinstance(given, Missing) for given in interview.draft.answers.values()):
        choices += [("send_what_i_have", Verb.SEND_EARLY)]
    choices += [("delete_answers", Verb.DELETE)]
    return Reply(
        say("chat_stop", language),
        tuple(
            (Button(say(code, language), press(verb, marked), leads=verb is Verb.GO_ON),)
            for code, verb in choices
        ),
    )


def resuming(language: str, marked: str, code: str) -> Reply:
    """Go on, or begin again (with another code, perhaps)."""
    return Reply(
        say("chat_going_on", language),
        (
            (Button(say("go_on", language), press(Verb.GO_ON, marked), leads=True),),
            (Button(say("begin_again", language), press(Verb.BEGIN_AGAIN, marked, code)),),
        ),
    )


def elsewhere(desk: Desk, code: str, language: str) -> Reply:
    """A survey that is not to be answered here, and where it is."""
    return Reply(say("chat_elsewhere", language), ((_on_the_web(desk, code, language),),))


def kept(language: str, marked: str) -> Reply:
    """The answers wait until the citizen comes back."""
    go_on = Button(say("go_on", language), press(Verb.GO_ON, marked), leads=True)
    return Reply(say("chat_kept", language), ((go_on,),))


def thanks(place: Place, desk: Desk, receipt: str) -> Reply:
    """The end: that it is in, the receipt, what happens now, whom to call."""
    language = place.language
    said = say("thanks_receipt", language, receipt=receipt)
    return Reply(
        paragraphs(
            say("thanks_title", language) + ". " + say("thanks_text", language),
            said + " " + say("thanks_receipt_why", language),
            say("thanks_next", language) + "\n" + place.ending,
            say("chat_phone", language, phone=desk.help_phone) if desk.help_phone else "",
        ),
        answer_again(place),
    )


def already(place: Place) -> Reply:
    """It is in already; behind an open link there may be a new meeting to answer about."""
    said = say("already_title", place.language) + ". " + say("already_text", place.language)
    return Reply(said, answer_again(place))


def answer_again(place: Place) -> Rows:
    """The button that opens the same link anew."""
    button = Button(say("answer_again", place.language), press(Verb.ANSWER_AGAIN, place.sent))
    return ((button,),) if place.again else ()


def privacy(desk: Desk, promise: str) -> tuple[Notice, ...]:
    """What is kept and who sees it."""
    codes = (
        ("chat_telegram", "chat_privacy", *([promise] if promise in _NAMED else []))
        if desk.on_telegram
        else (promise, "intro_who_sees")
    )
    return tuple(Notice(code) for code in codes)


def guidance(desk: Desk) -> tuple[Notice, ...]:
    """How to answer, and whom to call."""
    how = Notice("chat_help" if desk.on_telegram else "chat_help_web")
    return (how, Notice("chat_phone", {"phone": desk.help_phone})) if desk.help_phone else (how,)


def _on_the_web(desk: Desk, code: str, language: str) -> Button:
    return Button(say("answer_on_web", language), url=f"{desk.public_url}/s/{code}")


def _option(option: Option, prompt: Prompt, place: int, index: int, marked: str) -> Button:
    if prompt.kind != "multiple" or option.missing:
        return Button(option.label, press(Verb.ANSWER, marked, place, index), face=option.face)
    # The data says what the mark shall be, not that it shall turn: a second tap changes nothing
    wanted = int(not option.selected)
    label = TICK + option.label if option.selected else option.label
    return Button(label, press(Verb.TICK, marked, place, index, wanted))


def at(instrument: Instrument, arguments: Sequence[str]) -> tuple[Item | None, str | None]:
    """The item and the raw answer that the numbers in a button's data stand for; None for none."""
    items = list(instrument)
    numbers = [int(text) if _PLACE.fullmatch(text) else -1 for text in arguments]
    if not 0 <= numbers[0] < len(items):
        return None, None
    item = items[numbers[0]]
    raws = [category.code for category in item.categories]
    raws += [Missing.DONT_KNOW.value] if item.dont_know else []
    raws += [Missing.REFUSED.value] if item.refusal else []
    known = len(numbers) > 1 and 0 <= numbers[1] < len(raws)
    return item, raws[numbers[1]] if known else None


def _place(interview: Interview, item_id: str) -> int:
    return [item.id for item in interview.instrument].index(item_id)


def _shortened(text: str) -> str:
    return text if len(text) <= PROMINENT else text[: PROMINENT - 1].rstrip() + "…"
