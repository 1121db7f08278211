"""What is said before the first question: how long it takes, and what the answers are not used for.

It follows from the instrument: nobody is told about "din sag" who has none.
"""

from surveys.instrument import SOURCE_LANGUAGE, Instrument
from surveys.routes import routes
from surveys.wording import is_draft, say


def length(instrument: Instrument, language: str) -> str:
    """How many minutes and how many questions; "at most" where not everybody is asked the same."""
    ways = routes(instrument)
    counted = "intro_questions" if ways.fewest == ways.most else "intro_questions_most"
    return " ".join(
        (
            say("intro_minutes", language, n=instrument.minutes),
            say(counted, language, n=ways.most),
        )
    )


def assurances(instrument: Instrument) -> tuple[str, ...]:
    """The codes of who reads the answers, and that they change nothing for who gets help."""
    if instrument.audiences == ("citizen",):
        return ("intro_who_sees", "intro_caseworker", "intro_no_effect")
    if "citizen" in instrument.audiences:
        return ("intro_who_sees", "intro_if_case")
    return ("intro_who_sees",)


def promise(anonymity: str, *, personal: bool) -> str:
    """The code of what is promised about the answer.

    A link of one's own leads from an answer that is not anonymous to the person: that is said.
    """
    own = "_own" if personal and anonymity == "confidential" else ""
    return f"intro_{anonymity}{own}"


def draft_note(language: str) -> tuple[tuple[str, str], ...]:
    """That the translation is a draft: the language and the words, in Danish and in its own."""
    if not is_draft(language):
        return ()
    return tuple((name, say("draft_translation", name)) for name in (SOURCE_LANGUAGE, language))
