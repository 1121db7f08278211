"""Calibrated probabilities of labels for short comments: kernel ridge and Platt's method.

One linear system serves all labels, and gives in closed form what each comment would have scored
had its author been held out (An, Liu and Venkatesh 2007, "Fast cross-validation algorithms for
least squares support vector machine and kernel ridge regression").
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import inv

from analysis.embedding import Encoder
from analysis.ngrams import Ngrams
from analysis.normal_form import normalised

Scores = NDArray[np.float64]
State = dict[str, NDArray[np.generic]]

BLOCK_WEIGHTS = (1.0, 1.5, 0.08)
"""Squared lengths of words, letters and cues in a row; the embedding's kernel has its own."""
EMBEDDING_WEIGHT = 5.0
QUESTION_WEIGHT = 0.25
POOLED_BELOW = 10
"""With fewer positive comments than this, a label is calibrated with all labels together."""

_NEWTON_STEPS, _CONVERGED, _RIDGE = 100, 1e-8, 1e-3

_ROLES = (
    ("entrance", re.compile(r"indgang|entrance", re.IGNORECASE)),
    ("better", re.compile(r"bedre|better|improve", re.IGNORECASE)),
    ("missing", re.compile(r"savne|mangle|missing|miss\b|lack", re.IGNORECASE)),
    ("good", re.compile(r"god|good|well\b|works|fungere", re.IGNORECASE)),
)


def role_of(question: str | None) -> str | None:
    """What a question asks for, by its id or its wording; None when that says nothing."""
    if question is None:
        return None
    return next((role for role, pattern in _ROLES if pattern.search(question)), None)


@dataclass(frozen=True, slots=True)
class _Head:
    """One solution of the system: how much each training comment counts, and how to calibrate."""

    dual: Scores
    bias: Scores
    slopes: Scores
    offsets: Scores

    def probabilities(self, scores: Scores) -> Scores:
        found: Scores = 1 / (1 + np.exp(-(self.slopes * (scores + self.bias) + self.offsets)))
        return found


class CommentScorer:
    """The probability of each label for a comment, knowing its question or not.

    Two heads share their features: one counts the question, the other answers when there is none.
    """

    def __init__(
        self, cues: Sequence[Sequence[str]], encoder: Encoder | None, strength: float
    ) -> None:
        self._ngrams = Ngrams(cues, BLOCK_WEIGHTS)
        self._encoder = encoder
        self._strength = strength

    def fit(
        self,
        texts: Sequence[str],
        questions: Sequence[str | None],
        labels: NDArray[np.bool_],
        groups: Sequence[str],
        weights: Scores,
    ) -> Self:
        """Learn from labelled comments. `held_out` are their probabilities, each without its group.

        `weights` say how much each comment counts.
        """
        texts = [normalised(text) for text in texts]
        features = self._ngrams.fit(texts).transform(texts)
        kernel = (features @ features.T).toarray().astype(np.float64)
        self._vectors = np.zeros((0, 0), dtype=np.float32)
        if self._encoder:
            vectors = self._encoder.encode(texts)
            self._centre = vectors.mean(axis=0)
            self._vectors = _directions(vectors, self._centre)
            kernel += EMBEDDING_WEIGHT * _nearness(self._vectors, self._vectors)
        self.roles = tuple(sorted({role for role in map(role_of, questions) if role}))
        asked = self._asked(questions)
        kernels = {"blind": kernel}
        if self.roles:
            kernels["asked"] = kernel + QUESTION_WEIGHT * asked @ asked.T
        self._heads: dict[str, _Head] = {}
        self._primal: dict[str, NDArray[np.float32]] = {}
        for name, similarity in kernels.items():
            head, scores = _solve(similarity, labels, groups, weights * self._strength)
            self._heads[name] = head
            self._primal[name] = np.asarray(features.T @ head.dual, dtype=np.float32)
            self.held_out = head.probabilities(scores)
        self._tilt = QUESTION_WEIGHT * asked.T @ head.dual
        return self

    def probabilities(self, texts: Sequence[str], questions: Sequence[str | None]) -> Scores:
        """One row per comment, one column per label."""
        texts = [normalised(text) for text in texts]
        features = self._ngrams.transform(texts)
        nearness = None
        if self._encoder:
            directions = _directions(self._encoder.encode(texts), self._centre)
            nearness = EMBEDDING_WEIGHT * _nearness(directions, self._vectors)
        asked = self._asked(questions)
        found = self._read("blind", features @ self._primal["blind"], nearness)
        if self.roles:
            known = asked.any(axis=1)
            scores = features @ self._primal["asked"] + asked @ self._tilt
            found[known] = self._read("asked", scores, nearness)[known]
        return found

    def _read(self, name: str, scores: Scores, nearness: Scores | None) -> Scores:
        head = self._heads[name]
        return head.probabilities(scores if nearness is None else scores + nearness @ head.dual)

    def _asked(self, questions: Sequence[str | None]) -> Scores:
        known = [role_of(question) for question in questions]
        if "missing" not in self.roles:
            known = ["better" if role == "missing" else role for role in known]
        return np.array(
            [[float(role == one) for one in self.roles] for role in known], dtype=np.float64
        ).reshape(len(questions), len(self.roles))

    def state(self) -> State:
        """Everything learnt, as arrays. `restore` on an equal scorer takes it back."""
        kept: State = {
            "words": _packed(self._ngrams.words),
            "letters": _packed(self._ngrams.letters),
            "rarity": self._ngrams.rarity,
            "roles": _packed(self.roles),
        }
        for name, head in self._heads.items():
            kept[f"{name} primal"] = self._primal[name]
            for part in ("bias", "slopes", "offsets"):
                kept[f"{name} {part}"] = getattr(head, part)
        kept["tilt"] = self._tilt
        if self._encoder:
            kept |= {"vectors": self._vectors, "centre": self._centre}
            kept |= {f"{name} dual": head.dual for name, head in self._heads.items()}
        return kept

    def restore(self, kept: Mapping[str, NDArray[np.generic]]) -> Self:
        """Take back what `state` gave."""
        self._ngrams.restore(
            _unpacked(kept["words"]), _unpacked(kept["letters"]), _real(kept["rarity"])
        )
        self.roles = tuple(_unpacked(kept["roles"]))
        self._heads, self._primal = {}, {}
        for name in ("blind", "asked") if self.roles else ("blind",):
            dual = _real(kept[f"{name} dual"]) if self._encoder else np.zeros((0, 0))
            self._heads[name] = _Head(
                dual, *(_real(kept[f"{name} {part}"]) for part in ("bias", "slopes", "offsets"))
            )
            self._primal[name] = kept[f"{name} primal"].astype(np.float32)
        self._tilt = _real(kept["tilt"])
        if self._encoder:
            self._vectors = kept["vectors"].astype(np.float32)
            self._centre = _real(kept["centre"])
        return self


def _solve(
    kernel: Scores, labels: NDArray[np.bool_], groups: Sequence[str], strength: Scores
) -> tuple[_Head, Scores]:
    """The head, and the scores (without bias) that each comment gets from the other groups."""
    plain = inv(kernel + np.diag(1 / strength), assume_a="pos", check_finite=False)
    rows = plain.sum(axis=1)
    # The inverse of the system bordered by ones, which carries the bias
    inverse = plain - np.outer(rows, rows) / rows.sum()
    target = np.where(labels, 1.0, -1.0)
    dual = _real(inverse @ target)
    bias = _real(rows @ target / rows.sum())
    scores = np.empty_like(target)
    order = np.unique(np.asarray(groups), return_inverse=True)[1]
    for group in range(order.max() + 1):
        members = np.flatnonzero(order == group)
        own = inverse[np.ix_(members, members)]
        scores[members] = target[members] - np.linalg.solve(own, dual[members])
    scores -= bias
    slopes, offsets = _platt(scores + bias, labels)
    return _Head(dual, bias, slopes, offsets), scores


def _platt(scores: Scores, labels: NDArray[np.bool_]) -> tuple[Scores, Scores]:
    """Slope and offset per label (Platt 1999), from scores of comments held out.

    A label that is rare, or whose scores say the opposite of what they should, takes those of all.
    """
    pooled = _sigmoid(scores.ravel(), labels.ravel())
    fitted = [
        _sigmoid(score, label) if POOLED_BELOW <= label.sum() < len(label) else pooled
        for score, label in zip(scores.T, labels.T, strict=True)
    ]
    found = np.array([own if own[0] > 0 else pooled for own in fitted])
    return found[:, 0], found[:, 1]


def _sigmoid(scores: Scores, labels: NDArray[np.bool_]) -> tuple[float, float]:
    """Maximum likelihood by Newton's method; the slight ridge keeps separable labels finite."""
    design = np.column_stack([scores, np.ones(len(scores))])
    found = np.array([1.0, 0.0])
    for _ in range(_NEWTON_STEPS):
        probability = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (labels - probability) - _RIDGE * found
        curve = (design * (probability * (1 - probability))[:, None]).T @ design
        step = np.linalg.solve(curve + _RIDGE * np.eye(2), slope)
        found = found + np.clip(step, -2, 2)
        if np.abs(step).max() < _CONVERGED:
            break
    return float(found[0]), float(found[1])


def _directions(vectors: NDArray[np.floating], centre: NDArray[np.floating]) -> NDArray[np.float32]:
    centred = vectors - centre
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    found: NDArray[np.float32] = (centred / np.maximum(length, 1e-9)).astype(np.float32)
    return found


def _nearness(left: NDArray[np.float32], right: NDArray[np.float32]) -> Scores:
    """A Gaussian of the distance between directions."""
    found: Scores = np.exp(2 * (left @ right.T).astype(np.float64) - 2)
    return found


def _packed(words: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _unpacked(packed: NDArray[np.generic]) -> list[str]:
    joined = packed.tobytes().decode()
    return joined.split("\n") if joined else []


def _real(array: NDArray[np.generic]) -> Scores:
    return array.astype(np.float64)
