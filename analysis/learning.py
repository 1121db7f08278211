"""A new version of a theme model, from the corpus and what people have coded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis import models
from analysis.corpus import CodeFrame, Seed, corpus_digest, seeds_of
from analysis.normal_form import normalised
from analysis.quality import Evaluation, evaluate
from analysis.themes import Backend, ThemeModel, backend_in_use, load, stem

BATCH = 20
CLEARLY_WORSE = 0.02
"""A version that loses more micro-F1 than this is no improvement."""


class UnknownTheme(Exception):
    """A labelled comment carries a theme that the code frame does not have."""


class NothingToLearn(Exception):
    """No comment is coded."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A candidate and its measure. Nothing reads with it until it is used.

    `coded` and `before` compare the candidate and the model in use on the coded comments alone:
    the candidate by cross-validation, the model in use as it is, so the comparison is fair only
    when it has not learnt from the same comments.
    """

    model: ThemeModel
    present: ThemeModel
    coded: Evaluation
    before: Evaluation

    @property
    def evaluation(self) -> Evaluation:
        """The candidate by cross-validation, on the corpus and the coded comments together."""
        return self.model.evaluation

    @property
    def is_worse(self) -> bool:
        """Whether the candidate loses clearly against the model in use.

        On the coded comments; in cross-validation where the model in use has learnt from some too.
        """
        fair = self.present.learnt_from == 0
        new, old = (self.coded, self.before) if fair else (self.evaluation, self.present.evaluation)
        return new.micro.value < old.micro.value - CLEARLY_WORSE

    def keep(self) -> None:
        """Store the candidate beside the others."""
        files = stem(self.model.frame, self.model.backend)
        models.write(files, self.model.version, corpus_digest(), self.model.state())

    def use(self) -> None:
        """Store it and let it read comments: from now on `load` gives it."""
        self.keep()
        models.use(stem(self.model.frame, self.model.backend), self.model.version)


def learn(
    frame: CodeFrame,
    coded: Sequence[Seed],
    backend: Backend | None = None,
    told: Callable[[int], object] = lambda percent: None,
) -> Learned:
    """Fit the next version on the corpus and all `coded` comments; the corpus always stays.

    A coded comment that is in the corpus too replaces it there, and one that is coded twice counts
    as it was coded last. Authors may be empty. `told` hears how far it has come, in percent.
    Raises UnknownTheme and NothingToLearn.
    """
    chosen = backend_in_use(backend)
    unknown = {code for comment in coded for code in comment.themes} - set(frame.codes)
    if unknown:
        raise UnknownTheme(
            f"Not in the code frame {frame.version}: {', '.join(sorted(unknown))}."
            f" It has {', '.join(frame.codes)}."
        )
    if not coded:
        raise NothingToLearn("There is nothing to learn from: no comment is coded.")
    present = load(frame, chosen)
    last = {normalised(comment.text).casefold(): comment for comment in coded}
    taught = list(last.values())
    kept = [one for one in seeds_of(frame) if normalised(one.text).casefold() not in last]
    version = models.versions(stem(frame, chosen))[-1] + 1
    encoder = present.classifier.encoder
    if encoder is not None:
        for start in range(0, len(taught), BATCH):
            # What takes the time; the model finds the vectors again
            some = [normalised(comment.text) for comment in taught[start : start + BATCH]]
            encoder.encode(some)
            told(80 * (start + len(some)) // len(taught))
    told(80)
    model = ThemeModel(frame, chosen, kept, present.moods, taught, version)
    truth = np.array([[code in row.themes for code in model.codes] for row in taught])
    groups = [row.author or normalised(row.text).casefold() for row in taught]
    earlier = present.classifier.predict_proba(
        [comment.text for comment in taught], [comment.question for comment in taught]
    )
    told(100)
    return Learned(
        model,
        present,
        evaluate(
            model.classifier.held_out_[len(kept) :],
            model.chosen_held_out[len(kept) :],
            truth,
            groups,
            model.codes,
        ),
        evaluate(earlier, present.classifier.decide(earlier), truth, groups, model.codes),
    )
