"""`make bench`: what things cost here, each beside something that does less. Nothing fails."""

import click

from tests.bench import answering, chatting, reports, themes


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Rounds that the figures are from.")
@click.option("--stored", type=int, help="Compare with this many responses stored as well.")
def bench(rounds: int, stored: int | None) -> None:
    """Measure Hørt beside a bare floor, in turns, on every database that can be had here."""
    answering.main(rounds, stored)
    themes.main()
    chatting.measure()
    reports.main(stored or 100_000, min(rounds, 3))


bench()
