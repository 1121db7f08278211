"""Citizens' own words in a report: proposed by the machine, released by a person alone.

What is released are the words of one comment with parts left out, each gap marked. It is shown to
staff in the report of its wave, while enough people write about its theme, and never to citizens.
Of a company that was interviewed only its own words can be quoted, and only if it says yes.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from analysis import coding, verdicts
from analysis.corpus import AUDIENCES, Theme, seeds
from analysis.disclosure import MINIMUM_FOR_DETAIL
from analysis.normal_form import normalised
from analysis.tables import QuoteRow, QuoteVerdictRow
from surveys import extract
from surveys.privacy import redact
from surveys.telling import own_words

GAP = "[…]"
PER_THEME = 4
SHORTEST, LONGEST = 25, 280
FEWEST_WORDS = 3

_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_SENTENCE_ENDS = re.compile(r"[.!?:\n]\s*$")
_GAPS = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|\[\s*\])\s*")
_POLITE = frozenset({"i", "de", "dem", "deres", "cv", "ai", "it", "mitid", "e-boks", "eboks", "ok"})
"""Words with a capital letter that are nobody's name."""
_STEM = 6
"""Words alike in so many letters are taken for forms of one."""


KEPT = (QuoteRow, QuoteVerdictRow)
"""The tables that lose rows when the comments do that they are of."""


class NotTheirWords(ValueError):
    """What should be released is not the comment with parts left out."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A comment that could stand for a theme. `proposed` leaves out its `rare` details.

    `released` is what stands in the report of it already, or waits for the company that said it:
    `asked` is what that says of it.
    """

    comment: extract.Comment
    theme: str
    rare: tuple[str, ...]
    proposed: str
    released: str | None
    asked: verdicts.Asked | None = None


def released(session: Session, wave: extract.Wave) -> Mapping[str, Sequence[str]]:
    """What people have released for the report of a wave, theme by theme.

    A quote whose comment is no longer kept is not there either.
    """
    kept = {comment.id for comment in extract.comments(session, wave.id)}
    found: dict[str, list[str]] = {}
    asked = verdicts.of_wave(session, wave) if verdicts.are_needed(wave) else None
    for row in _rows(session, wave):
        words = row.body if asked is None else verdicts.shown(asked[row.id])
        if row.comment_id in kept and words:
            found.setdefault(row.theme, []).append(words)
    return found


def release(
    session: Session, wave: extract.Wave, comment_id: str, theme: str, words: str, *, by: str
) -> str:
    """Let a comment's words stand in the report; what will stand there.

    Raises NotTheirWords unless they are the comment's own with parts left out, and ValueError for
    a comment that does not carry the theme or a theme that too few write about.
    """
    carrying = _carrying(session, wave)
    if theme not in carrying or comment_id not in {one.comment.id for one in carrying[theme]}:
        raise ValueError("Too few write about this theme, or the comment does not carry it.")
    [comment] = extract.comments(session, wave.id, [comment_id])
    cut = cut_of(own_words(comment.body), words)
    withdraw(session, wave, comment_id, theme)
    session.add(
        QuoteRow(
            comment_id=comment_id,
            wave_id=wave.id,
            theme=theme,
            body=redact(cut).text,
            released_by=by,
        )
    )
    session.flush()
    return cut


def withdraw(session: Session, wave: extract.Wave, comment_id: str, theme: str) -> None:
    """Take a quote out of the report again."""
    session.execute(
        delete(QuoteRow).where(
            QuoteRow.wave_id == wave.id,
            QuoteRow.comment_id == comment_id,
            QuoteRow.theme == theme,
        )
    )


def candidates(session: Session, wave: extract.Wave) -> Sequence[tuple[Theme, Sequence[Candidate]]]:
    """Themes that enough people write about, each with its most typical comments."""
    present = {(row.comment_id, row.theme): row for row in _rows(session, wave)}
    asked = verdicts.of_wave(session, wave) if verdicts.are_needed(wave) else {}
    carrying = _carrying(session, wave)
    others = Counter(
        stem
        for comment in extract.comments(session, wave.id)
        for stem in {_stem(word) for word in _WORD.findall(comment.body)}
    )
    found = []
    for theme in coding.frame(session, wave).themes:
        if theme.code in carrying:
            some = []
            for one in most_typical(carrying[theme.code], theme.code):
                rare = rare_details(one.comment.body, others)
                row = present.get((one.comment.id, theme.code))
                some.append(
                    Candidate(
                        one.comment,
                        theme.code,
                        rare,
                        without(one.comment.body, rare),
                        row.body if row else None,
                        asked.get(row.id) if row else None,
                    )
                )
            found.append((theme, some))
    return found


def most_typical(carrying: Sequence[coding.Coding], theme: str) -> Sequence[coding.Coding]:
    """The comments nearest the middle of their theme, of readable length, no two alike."""
    # Reports read what is released, and need none of this
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    readable = [
        one for one in carrying if SHORTEST <= len(one.comment.body) <= LONGEST and not one.unsure
    ]
    if not readable:
        return []
    rows = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(
        [one.comment.body for one in readable]
    )
    nearness = np.asarray(rows @ np.asarray(rows.mean(axis=0)).T).ravel()
    sureness = np.array([one.themes[theme] / len(one.themes) for one in readable])
    order = np.argsort(-nearness * sureness, kind="stable")
    unlike = {normalised(readable[place].comment.body).casefold(): place for place in order[::-1]}
    return [readable[place] for place in order if place in set(unlike.values())][:PER_THEME]


def rare_details(text: str, others: Mapping[str, int]) -> tuple[str, ...]:
    """Words that could tell who wrote a comment: names, numbers, and what nobody else speaks of.

    `others` counts the comments of the wave by the stems in them, this one included.
    """
    rare: dict[str, None] = {}
    for match in _WORD.finditer(text):
        word = match[0]
        begins = match.start() == 0 or _SENTENCE_ENDS.search(text[: match.start()])
        name = word[0].isupper() and not begins and word.casefold() not in _POLITE
        unheard = len(word) > 3 and others.get(_stem(word), 0) < 2 and _stem(word) not in _usual()
        if name or unheard or any(character.isdigit() for character in word):
            rare[word] = None
    return tuple(rare)


def without(text: str, words: Sequence[str]) -> str:
    """A text with words left out, and each gap marked once."""
    if not words:
        return text
    pattern = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in words))
    return re.sub(r"\[…\](?:[\s,.]*\[…\])+", GAP, pattern.sub(GAP, text))


def cut_of(text: str, words: str) -> str:
    """The words as they can be released: parts of the text in its order, gaps marked alike.

    Raises NotTheirWords for anything else.
    """
    whole = normalised(text)
    parts = [normalised(part) for part in _GAPS.split(normalised(words))]
    position = 0
    kept = []
    for part in filter(None, parts):
        # A word is whole or left out
        before = r"(?<!\w)" if part[0].isalnum() else ""
        after = r"(?!\w)" if part[-1].isalnum() else ""
        place = re.compile(f"{before}{re.escape(part)}{after}").search(whole, position)
        if place is None:
            raise NotTheirWords("Only the words of the comment can be released, in their order.")
        position = place.end()
        kept.append(part)
    if sum(len(part.split()) for part in kept) < FEWEST_WORDS:
        raise NotTheirWords(f"A quote has at least {FEWEST_WORDS} words.")
    between = f" {GAP} ".join(kept)
    left = f"{GAP} " if not parts[0] or not whole.startswith(kept[0]) else ""
    right = f" {GAP}" if not parts[-1] or not whole.endswith(kept[-1]) else ""
    return f"{left}{between}{right}"


def _carrying(session: Session, wave: extract.Wave) -> Mapping[str, Sequence[coding.Coding]]:
    """Comments by theme, for themes that enough people write about; each in its own words.

    Where each quote waits for the yes of whoever said it, one is enough.
    """
    found: dict[str, list[coding.Coding]] = {}
    for one in coding.codings(session, wave):
        own = own_words(one.comment.body)
        for theme in one.themes if own else ():
            said = replace(one, comment=replace(one.comment, body=own))
            found.setdefault(theme, []).append(said)
    enough = 1 if verdicts.are_needed(wave) else MINIMUM_FOR_DETAIL
    return {
        theme: some
        for theme, some in found.items()
        if len({one.comment.response for one in some}) >= enough
    }


def _rows(session: Session, wave: extract.Wave) -> Sequence[QuoteRow]:
    return session.scalars(
        select(QuoteRow).where(QuoteRow.wave_id == wave.id).order_by(QuoteRow.id)
    ).all()


def _stem(word: str) -> str:
    return word.casefold()[:_STEM]


@lru_cache(maxsize=1)
def _usual() -> frozenset[str]:
    """Stems that comments of this kind are full of."""
    counted = Counter(
        stem
        for audience in AUDIENCES
        for seed in seeds(audience)
        for stem in {_stem(word) for word in _WORD.findall(seed.text)}
    )
    return frozenset(stem for stem, n in counted.items() if n >= 3)
