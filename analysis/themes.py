"""Which themes a short comment carries: a linear model that knows when it does not know.

Word and character n-grams, with sentence embeddings beside them where the `semantic` extra is
installed; one linear model per theme; probabilities by Platt's method on scores from folds that
hold whole authors out; a threshold per theme, drawn towards the common one.
"""

import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from analysis import embedding
from analysis.corpus import Seed, code_frame, seeds
from analysis.language import language_of

Backend = Literal["lexical", "semantic"]
BACKEND_VARIABLE = "HOERT_THEMES"

VERSION = 1
FOLDS = 5
SHRINKAGE = 50
"""Positives at which a theme's own threshold weighs as much as the common one."""
THRESHOLDS = (0.25, 0.60)
SURE_ENOUGH = 0.55
"""Expected F1 of the assigned set below which a person should look."""
LIKELY_ENOUGH = 0.20
"""Probability at which the likeliest theme is assigned though none is over its threshold."""
MOST_THEMES = 4
EMBEDDING_WEIGHT = 1.5

_NON_ANSWER = re.compile(
    r"(nej|ja|ok|okay|intet|ingenting|ingen( kommentarer)?|ved( det)? ikke|ikke noget|nope|no|none|"
    r"nothing|n/?a|x+|intet at tilføje|ingen bemærkninger|har ingen|det ved jeg ikke)?[\W\d_]*"
)

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Classification:
    """What the model reads in one comment: themes with their probabilities, likeliest first."""

    themes: tuple[tuple[str, float], ...]
    unsure: bool
    sentiment: str
    language: str


class ThemeClassifier(BaseEstimator):  # type: ignore[misc]
    """A multi-label classifier of short comments.

    X is a sequence of (text, question) pairs, Y a boolean matrix (comments × themes). `groups`
    name the authors, so that calibration never sees a comment and its author's others together.
    """

    def __init__(self, backend: Backend = "lexical", C: float = 0.3) -> None:
        self.backend = backend
        self.C = C

    def fit(
        self, X: Sequence[tuple[str, str]], Y: NDArray[np.bool_], groups: Sequence[str]
    ) -> Self:
        """Learn from labelled comments; refitting forgets what was learnt before."""
        self._fit_features(X)
        features = self._features(X)
        self.models_ = self._linear(features, Y)
        held_out = np.zeros(Y.shape)
        for train, test in GroupKFold(FOLDS).split(features, groups=groups):
            fold = self._linear(features[train], Y[train])
            held_out[test] = _decisions(fold, features[test])
        self.slopes_, self.offsets_ = _platt(held_out, Y)
        self.thresholds_ = _thresholds(self._probabilities(held_out), Y)
        return self

    def predict_proba(self, X: Sequence[tuple[str, str]]) -> Scores:
        """The probability of each theme for each comment."""
        return self._probabilities(_decisions(self.models_, self._features(X)))

    def predict(self, X: Sequence[tuple[str, str]]) -> NDArray[np.bool_]:
        """The themes of each comment: those above their threshold, at most `MOST_THEMES`."""
        return self.decide(self.predict_proba(X))

    def decide(self, probabilities: Scores) -> NDArray[np.bool_]:
        """Turn probabilities into themes; the likeliest alone where none is over its threshold."""
        decided = probabilities > self.thresholds_
        likeliest = probabilities.argmax(axis=1)
        lonely = ~decided.any(axis=1) & (probabilities.max(axis=1) >= LIKELY_ENOUGH)
        decided[lonely, likeliest[lonely]] = True
        ranks = np.argsort(np.argsort(-probabilities, axis=1), axis=1)
        return decided & (ranks < MOST_THEMES)

    def _fit_features(self, X: Sequence[tuple[str, str]]) -> None:
        texts = [text for text, _ in X]
        self.words_ = TfidfVectorizer(
            ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+"
        ).fit(texts)
        self.letters_ = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True
        ).fit(texts)
        self.questions_ = sorted({question for _, question in X})
        if self.backend == "semantic":
            self.centre_ = embedding.encode(texts).mean(axis=0)

    def _features(self, X: Sequence[tuple[str, str]]) -> csr_matrix:
        texts = [text for text, _ in X]
        asked = np.array(
            [[float(question == known) for known in self.questions_] for _, question in X]
        )
        parts = [
            self.words_.transform(texts),
            self.letters_.transform(texts),
            sparse.csr_matrix(asked),
        ]
        if self.backend == "semantic":
            centred = embedding.encode(texts) - self.centre_
            length = np.linalg.norm(centred, axis=1, keepdims=True)
            parts.append(sparse.csr_matrix(EMBEDDING_WEIGHT * centred / np.maximum(length, 1e-9)))
        joined: csr_matrix = sparse.hstack(parts).tocsr()
        return joined

    def _linear(self, features: csr_matrix, Y: NDArray[np.bool_]) -> list[LinearSVC]:
        return [
            LinearSVC(C=self.C, class_weight="balanced", random_state=0).fit(features, column)
            for column in Y.T
        ]

    def _probabilities(self, decisions: Scores) -> Scores:
        found: Scores = 1 / (1 + np.exp(-(self.slopes_ * decisions + self.offsets_)))
        return found


class ThemeModel:
    """A fitted model of one audience. `name` is stored with every coding it makes."""

    def __init__(self, audience: str, backend: Backend, comments: Sequence[Seed]) -> None:
        self.name = f"{audience}-{backend}-{VERSION}"
        self._codes = code_frame(audience).codes
        rows = [(normalised(comment.text), comment.question) for comment in comments]
        labels = np.array(
            [[code in comment.themes for code in self._codes] for comment in comments]
        )
        authors = [comment.author for comment in comments]
        self._themes = ThemeClassifier(backend).fit(rows, labels, authors)
        self._moods = LinearSVC(C=self._themes.C, class_weight="balanced", random_state=0).fit(
            self._themes._features(rows), [comment.sentiment for comment in comments]
        )

    def classify(
        self,
        texts: Sequence[str],
        questions: Sequence[str | None] | None = None,
        languages: Sequence[str] | None = None,
    ) -> list[Classification]:
        """Read comments. `languages` are those of the interface, for comments too short to tell."""
        if not texts:
            return []
        asked = questions or [None] * len(texts)
        spoken = languages or ["da"] * len(texts)
        rows = [
            (normalised(text), question or "free")
            for text, question in zip(texts, asked, strict=True)
        ]
        features = self._themes._features(rows)
        probabilities = self._themes._probabilities(_decisions(self._themes.models_, features))
        decided = self._themes.decide(probabilities)
        moods = self._moods.predict(features)
        return [
            self._classification(text, row, chosen, str(mood), language_of(text, interface))
            for (text, _), row, chosen, mood, interface in zip(
                rows, probabilities, decided, moods, spoken, strict=True
            )
        ]

    def _classification(
        self,
        text: str,
        probabilities: Scores,
        chosen: NDArray[np.bool_],
        mood: str,
        language: str,
    ) -> Classification:
        if _NON_ANSWER.fullmatch(text.casefold()):
            return Classification((), False, "neutral", language)
        found = sorted(
            (
                (code, float(probability))
                for code, probability, taken in zip(self._codes, probabilities, chosen, strict=True)
                if taken
            ),
            key=lambda theme: -theme[1],
        )
        unsure = expected_f1(probabilities, chosen) < SURE_ENOUGH
        return Classification(tuple(found), unsure, mood, language)


def expected_f1(probabilities: Scores, chosen: NDArray[np.bool_]) -> float:
    """How well the chosen set can be expected to match: 2·Σp(chosen) / (|chosen| + Σp).

    For an empty set, the probability that no theme applies.
    """
    if not chosen.any():
        return float(np.prod(1 - probabilities))
    return float(2 * probabilities[chosen].sum() / (chosen.sum() + probabilities.sum()))


def normalised(text: str) -> str:
    """One form of a text: composed characters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def load(audience: str, backend: Backend | None = None) -> ThemeModel:
    """The model of an audience: semantic where the extra is installed, else lexical.

    HOERT_THEMES=lexical or semantic decides otherwise. Fitted once per process.
    """
    named = backend or os.environ.get(BACKEND_VARIABLE) or ""
    if named == "semantic" or (not named and embedding.installed()):
        return _fitted(audience, "semantic")
    return _fitted(audience, "lexical")


@lru_cache(maxsize=6)
def _fitted(audience: str, backend: Backend) -> ThemeModel:
    return ThemeModel(audience, backend, seeds(audience))


def _decisions(models: Sequence[LinearSVC], features: csr_matrix) -> Scores:
    return np.column_stack([model.decision_function(features) for model in models])


def _platt(scores: Scores, Y: NDArray[np.bool_]) -> tuple[Scores, Scores]:
    """Slope and offset per theme (Platt 1999), from scores of comments held out."""
    fitted = [
        LogisticRegression(C=1e3).fit(scores[:, [theme]], Y[:, theme])
        for theme in range(Y.shape[1])
    ]
    slopes = np.array([model.coef_[0, 0] for model in fitted])
    return slopes, np.array([model.intercept_[0] for model in fitted])


def _thresholds(probabilities: Scores, Y: NDArray[np.bool_]) -> Scores:
    """The threshold of best F1 per theme, shrunk towards that of best micro-F1, and clipped."""
    grid = np.arange(0.15, 0.70, 0.01)
    above = probabilities[None] > grid[:, None, None]
    hits = (above & Y[None]).sum(axis=1)
    size = above.sum(axis=1) + Y.sum(axis=0)[None]
    common = grid[np.argmax(2 * hits.sum(axis=1) / size.sum(axis=1))]
    own = grid[np.argmax(2 * hits / np.maximum(size, 1), axis=0)]
    weight = Y.sum(axis=0) / (Y.sum(axis=0) + SHRINKAGE)
    clipped: Scores = np.clip(weight * own + (1 - weight) * common, *THRESHOLDS)
    return clipped
