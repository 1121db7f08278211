"""What people are written: the same few lines in their language, with no word of why we know them.

The only links are to PUBLIC_URL. The survey's own title is left out: it could tell a family member
what somebody has to do with the municipality.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from surveys import keys
from surveys.dispatch import Batch, Message
from surveys.instrument import SOURCE_LANGUAGE
from surveys.schedule import COPENHAGEN
from surveys.steps import Step
from surveys.wording import say
from webapp.delivery.mail import Mail
from webapp.settings import Settings

_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE: Final = frozenset("^{}\\[~]|€\f")
"""GSM 03.38: what an SMS takes in seven bits a letter, and what takes two of them."""

_ONE, _EACH, _ONE_UCS2, _EACH_UCS2 = 160, 153, 70, 67


@dataclass(frozen=True, slots=True)
class Size:
    """How large an SMS is: its encoding as GatewayAPI names it, and how many parts are paid for."""

    encoding: str
    parts: int


def size(text: str) -> Size:
    """How large an SMS is. Beyond 160 letters, or 70 in other alphabets, it is cut in parts."""
    if set(text) <= _GSM | _GSM_DOUBLE:
        length = len(text) + sum(letter in _GSM_DOUBLE for letter in text)
        encoding, one, each = "UTF8", _ONE, _EACH
    else:
        length, encoding, one, each = (
            len(text.encode("utf-16-be")) // 2,
            "UCS2",
            _ONE_UCS2,
            _EACH_UCS2,
        )
    return Size(encoding, 1 if length <= one else -(-length // each))


def mail(settings: Settings, batch: Batch, message: Message, spoken: Collection[str]) -> Mail:
    """The e-mail to one person, in their language where it is spoken, else in Danish."""
    language = _language(message, spoken)

    def words(code: str, **filled: object) -> str:
        return say(code, language, **filled)

    place = settings.municipality
    reminds = batch.step is not Step.INVITATION
    opening = [words("front_who", municipality=place)]
    if reminds:
        opening.append(words("reminder_text"))
    letters = keys.spelled(message.letter.code)
    answering = [words("letter_answer"), _link(settings, message.letter.token, language)]
    also = [words("letter_code", address=settings.public_url.split("://")[1], letters=letters)]
    if batch.closes_at is not None:
        last = (batch.closes_at - timedelta(microseconds=1)).astimezone(COPENHAGEN).date()
        also.append(words("letter_until", day=last))
    also.append(words("letter_yours"))
    refusal = f"{settings.public_url}/nej-tak/{message.letter.token}"
    way_out = [words("letter_no"), _in_language(refusal, language)]
    if message.letter.leaves_by is not None:
        refusal = leaving(settings, message.letter.leaves_by)
        way_out = [words("panel_leave_title"), refusal]
    rights = [words("intro_voluntary"), words(f"intro_{batch.anonymity}")]
    paragraphs = (opening, answering, also, rights, way_out, [place])
    return Mail(
        to=message.letter.email or "",
        subject=words("reminder_subject")
        if reminds
        else words("letter_subject", municipality=place),
        text="\n\n".join("\n".join(lines) for lines in paragraphs) + "\n",
        language=language,
        identity=message.ref,
        unsubscribe=refusal,
    )


def receipt(
    settings: Settings, to: str, language: str, token: str, last: date, *, has_quotes: bool
) -> Mail:
    """The e-mail with a company's link to its own answers; `has_quotes` waits for its yes."""

    def words(code: str, **filled: object) -> str:
        return say(code, language, **filled)

    link = receipt_link(settings, token)
    opening = [words("thanks_title")], [words("your_answers"), link]
    if has_quotes:
        opening = [words("quotes_title"), words("quotes_text")], [words("letter_answer"), link]
    paragraphs = (*opening, [words("company_link_lasts", day=last)], [settings.municipality])
    return Mail(
        to=to,
        subject=words("quotes_title" if has_quotes else "your_answers"),
        text="\n\n".join("\n".join(lines) for lines in paragraphs) + "\n",
        language=language,
    )


def receipt_link(settings: Settings, token: str) -> str:
    """The link by which a company sees its answers and decides over its quotes."""
    return f"{settings.public_url}/kvittering/{token}"


def leaving(settings: Settings, leaves_by: str) -> str:
    """The link by which a member of the panel leaves it."""
    return f"{settings.public_url}/panel/{leaves_by}"


def sms(settings: Settings, batch: Batch, message: Message, spoken: Collection[str]) -> str:
    """The SMS to one person: one part where that can be, with a way to say no where it fits."""
    language = _language(message, spoken)
    place = settings.municipality
    link = _link(settings, message.letter.code, language)
    if batch.step is Step.INVITATION:
        opening = say("front_who", language, municipality=place)
        text = f"{opening} {say('letter_answer', language)} {link}"
    else:
        text = f"{place}: {say('reminder_subject', language)}: {link}"
    refusal = f"{settings.public_url}/nej-tak/{message.letter.code}"
    whole = f"{text} {say('letter_no_short', language)} {refusal}"
    return whole if size(whole).parts == size(text).parts else text


def _language(message: Message, spoken: Collection[str]) -> str:
    return message.letter.language if message.letter.language in spoken else SOURCE_LANGUAGE


def _link(settings: Settings, opens: str, language: str) -> str:
    return _in_language(f"{settings.public_url}/s/{opens}", language)


def _in_language(link: str, language: str) -> str:
    return link if language == SOURCE_LANGUAGE else f"{link}?lang={language}"
