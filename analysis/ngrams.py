"""Short texts as sparse rows: words and pairs of them, the letters inside words, and cue words."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

_TOKEN = re.compile(r"\w+|[!?]")
_LETTERS = range(2, 6)
_WHOLE_CUE = 4
"""Cues up to this length match whole words only; longer ones match how a word begins."""
_REMEMBERED = 50_000

WORDS, LETTERS, CUES = range(3)


class Ngrams:
    """TF-IDF with sublinear counts, each of the three blocks of length √weight in every row.

    `cues` are one list of words per label. Features are found token by token and remembered, so
    that common words cost a look-up.
    """

    def __init__(self, cues: Sequence[Sequence[str]], weights: tuple[float, float, float]) -> None:
        self.cues = tuple(tuple(words) for words in cues)
        self.weights = weights

    def fit(self, texts: Sequence[str]) -> Self:
        """Learn the vocabulary and how rare each feature is."""
        counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        for text in texts:
            tokens = _tokens(text)
            counts[WORDS].update(set(tokens) | set(_pairs(tokens)))
            counts[LETTERS].update({part for token in set(tokens) for part in _parts(token)})
        words, letters = (sorted(count) for count in counts)
        frequency = [counts[WORDS][word] for word in words]
        frequency += [counts[LETTERS][part] for part in letters]
        rarity = np.log((1 + len(texts)) / (1 + np.array(frequency))) + 1
        return self.restore(words, letters, np.append(rarity, np.ones(len(self.cues))))

    def restore(
        self, words: Sequence[str], letters: Sequence[str], rarity: NDArray[np.float64]
    ) -> Self:
        """Take over what another instance has learnt."""
        self.words, self.letters = list(words), list(letters)
        self.rarity = rarity.astype(np.float32)
        self._word_ids = {word: place for place, word in enumerate(self.words)}
        self._letter_ids = {part: place for place, part in enumerate(self.letters, len(words))}
        sizes = (len(self.words), len(self.letters), len(self.cues))
        self._block = np.repeat(np.arange(3), sizes)
        self._whole = [frozenset(words) for words in self.cues]
        self._beginnings = [
            tuple(word for word in words if len(word) > _WHOLE_CUE) for words in self.cues
        ]
        self._any_whole = frozenset[str]().union(*self._whole)
        self._any_beginning = tuple(word for words in self._beginnings for word in words)
        self._seen: dict[str, list[int]] = {}
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """One row per text."""
        places: list[int] = []
        ends = [0]
        for text in texts:
            tokens = _tokens(text)
            for token in tokens:
                places += self._seen.get(token) or self._places(token)
            places += [self._word_ids[pair] for pair in _pairs(tokens) if pair in self._word_ids]
            ends.append(len(places))
        matrix = csr_matrix(
            (np.ones(len(places), dtype=np.float32), np.array(places, dtype=np.int32), ends),
            shape=(len(texts), len(self.rarity)),
        )
        matrix.sum_duplicates()
        values = (1 + np.log(matrix.data)) * self.rarity[matrix.indices]
        rows = np.repeat(np.arange(len(texts)), np.diff(matrix.indptr))
        part = rows * 3 + self._block[matrix.indices]
        length = np.sqrt(np.bincount(part, values**2, 3 * len(texts)))
        size = np.sqrt(self.weights).astype(np.float32)
        matrix.data = (values * size[part % 3] / length[part]).astype(np.float32)
        return matrix

    def _places(self, token: str) -> list[int]:
        known = [self._word_ids[token]] if token in self._word_ids else []
        letters = map(self._letter_ids.get, _parts(token))
        known += [place for place in letters if place is not None]
        if token in self._any_whole or token.startswith(self._any_beginning):
            first_cue = len(self.words) + len(self.letters)
            known += [
                first_cue + label
                for label, (whole, beginnings) in enumerate(
                    zip(self._whole, self._beginnings, strict=True)
                )
                if token in whole or token.startswith(beginnings)
            ]
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[token] = known
        return known


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def _pairs(tokens: Sequence[str]) -> Iterator[str]:
    return (f"{left} {right}" for left, right in pairwise(tokens))


def _parts(token: str) -> Iterable[str]:
    padded = f" {token} "
    return [
        padded[start : start + size]
        for size in _LETTERS
        for start in range(max(1, len(padded) - size + 1))
    ]
