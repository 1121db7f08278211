"""The mood of a comment as a whole: positive, negative, mixed or neutral."""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from analysis.corpus import Seed, cues
from analysis.embedding import Encoder
from analysis.scoring import CommentScorer, Scores, State

MOODS = ("positive", "negative", "mixed", "neutral")


class SentimentClassifier:
    """Learns from the comments of all audiences: a mood is put in words alike everywhere."""

    def __init__(self, encoder: Encoder | None) -> None:
        self._encoder = encoder
        words = cues("sentiment")
        self._scorer = CommentScorer([words[mood] for mood in MOODS], encoder, strength=1.0)

    def fit(self, comments: Sequence[Seed]) -> Self:
        """Learn from labelled comments."""
        labels = np.array([[comment.sentiment == mood for mood in MOODS] for comment in comments])
        self._scorer.fit(
            [comment.text for comment in comments],
            [comment.question for comment in comments],
            labels,
            [comment.author for comment in comments],
            np.ones(len(comments)),
        )
        # Half-way between the likeliest mood and equal chances for rare ones
        self._handicap = np.sqrt(labels.mean(axis=0))
        self.held_out = self._scorer.held_out
        return self

    def predict(self, texts: Sequence[str], questions: Sequence[str | None]) -> list[str]:
        """One mood per comment."""
        return self.decide(self.probabilities(texts, questions))

    def probabilities(self, texts: Sequence[str], questions: Sequence[str | None]) -> Scores:
        """One row per comment, one column per mood."""
        return self._scorer.probabilities(texts, questions)

    def decide(self, probabilities: Scores) -> list[str]:
        """Turn probabilities into moods."""
        return [MOODS[place] for place in (probabilities / self._handicap).argmax(axis=1)]

    def state(self) -> State:
        """Everything learnt, as arrays."""
        return self._scorer.state() | {"handicap": self._handicap}

    def restore(self, kept: Mapping[str, NDArray[np.generic]]) -> Self:
        """Take back what `state` gave."""
        self._scorer.restore(kept)
        self._handicap = kept["handicap"].astype(np.float64)
        return self
