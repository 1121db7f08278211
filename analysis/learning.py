"""A new version of a theme model, from the corpus and what people have coded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis import models
from analysis.corpus import Seed, corpus_digest, seeds
from analysis.quality import Evaluation, cross_decided, evaluate
from analysis.scoring import normalised
from analysis.themes import Backend, ThemeModel, backend_in_use, load, moods_of

CODED_WEIGHT = 2.0
"""How much a comment that a person has coded counts beside one of the corpus."""


class UnknownTheme(Exception):
    """A labelled comment carries a theme that the code frame does not have."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A candidate and its measure. Nothing uses it until it is kept.

    `coded` and `before` compare the candidate and the model in use on the coded comments alone:
    the candidate by cross-validation, the model in use as it is, so the comparison is fair only
    when it has not learnt from the same comments.
    """

    model: ThemeModel
    evaluation: Evaluation
    coded: Evaluation
    before: Evaluation

    def keep(self) -> None:
        """Store the candidate: from now on `load` gives it."""
        stem = f"{self.model.audience}-{self.model.backend}"
        models.write(stem, self.model.version, corpus_digest(), self.model.state())


def learn(audience: str, coded: Sequence[Seed], backend: Backend | None = None) -> Learned:
    """Fit the next version on the corpus and all `coded` comments; the corpus always stays.

    A coded comment that is in the corpus too replaces it there. Authors may be empty.
    """
    chosen = backend_in_use(backend)
    present = load(audience, chosen)
    unknown = {code for comment in coded for code in comment.themes} - set(present.codes)
    if unknown:
        raise UnknownTheme(f"Not in the code frame of {audience}: {', '.join(sorted(unknown))}.")
    if not coded:
        raise ValueError("There is nothing to learn from: no comment is coded.")
    texts = {normalised(comment.text).casefold() for comment in coded}
    kept = [one for one in seeds(audience) if normalised(one.text).casefold() not in texts]
    rows = [*kept, *coded]
    weights = [1.0] * len(kept) + [CODED_WEIGHT] * len(coded)
    version = models.newest(f"{audience}-{chosen}") + 1
    model = ThemeModel(audience, chosen, rows, moods_of(chosen), weights, version)
    truth = np.array([[code in row.themes for code in model.codes] for row in rows])
    groups = [row.author or normalised(row.text).casefold() for row in rows]
    probabilities = model.classifier.held_out_
    themes = cross_decided(probabilities, truth, groups)
    coded_alone = slice(len(kept), None)
    earlier = present.classifier.predict_proba(
        [comment.text for comment in coded], [comment.question for comment in coded]
    )
    return Learned(
        model,
        evaluate(probabilities, themes, truth, groups, model.codes),
        evaluate(
            probabilities[coded_alone],
            themes[coded_alone],
            truth[coded_alone],
            groups[coded_alone],
            model.codes,
        ),
        evaluate(
            earlier,
            present.classifier.decide(earlier),
            truth[coded_alone],
            groups[coded_alone],
            model.codes,
        ),
    )
