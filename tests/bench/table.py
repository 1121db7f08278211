"""A table of figures with what each should be, for a terminal and for a README."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import click


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of Hørt beside the floor's, and the bound that it or its ratio should keep.

    `value` and `floor` have one number a round; the middle one is shown. A bound with `of_ratio`
    is for Hørt ÷ floor, taken round by round. None where something was not measured.
    """

    name: str
    value: Sequence[float] | None
    floor: Sequence[float] | None = None
    bound: float | None = None
    of_ratio: bool = False
    digits: int = 2

    @property
    def ratios(self) -> Sequence[float] | None:
        """Hørt ÷ floor, round by round."""
        if not self.value or not self.floor or not all(self.floor):
            return None
        return [ours / theirs for ours, theirs in zip(self.value, self.floor, strict=True)]

    @property
    def verdict(self) -> str:
        """Whether the bound is kept."""
        judged = self.ratios if self.of_ratio else self.value
        if self.bound is None:
            return ""
        if not judged:
            return "not measured"
        return "met" if median(judged) <= self.bound else "NOT MET"

    def cells(self) -> tuple[str, ...]:
        """What stands in the table."""
        sign = "≤ {:g}×" if self.of_ratio else "≤ {:g}"
        return (
            self.name,
            self._middle(self.floor),
            self._middle(self.value),
            _ranged(self.ratios),
            "" if self.bound is None else sign.format(self.bound),
            self.verdict,
        )

    def _middle(self, found: Sequence[float] | None) -> str:
        return f"{median(found):.{self.digits}f}" if found else "–"


def show(title: str, lines: Iterable[Line]) -> None:
    """Print lines under a title, aligned."""
    rows = [(title, "floor", "Hørt", "ratio [from–to]", "target", ""), *(x.cells() for x in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    click.echo()
    for row in rows:
        first, *rest = (
            cell.ljust(width) if place in {0, 5} else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        click.echo("  ".join((first, *rest)).rstrip())


def _ranged(ratios: Sequence[float] | None) -> str:
    if not ratios:
        return ""
    if len(ratios) == 1:
        return f"{ratios[0]:.2f}"
    return f"{median(ratios):.2f} [{min(ratios):.2f}–{max(ratios):.2f}]"
