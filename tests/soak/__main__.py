"""`make soak`: the long runs with faults, on every database that can be had here."""

import sys

import click

from tests.bench.installation import kinds
from tests.conftest import POSTGRESQL
from tests.soak.autumn import autumns
from tests.soak.crash import crash
from tests.soak.delivery import deliver
from tests.soak.stampede import AT_ONCE, stampede
from tests.soak.telegram import trials


@click.command()
@click.option("--kills", default=100, show_default=True, help="Processes to kill on each database.")
@click.option("--sendings", default=10, show_default=True, help="Kills while messages are sent.")
@click.option("--invitations", default=20, show_default=True, help="Invitations to press at once.")
def soak(kills: int, invitations: int, sendings: int) -> None:
    """Kill processes while people send, and send one invitation many times at once."""
    wrong = []
    for kind in kinds():
        outcome = crash(kind, kills)
        click.echo(f"{kind}: {outcome}")
        found = stampede(kind, invitations)
        click.echo(f"{kind}: {invitations} times {AT_ONCE} at once, {len(found)} problems")
        wrong += [f"{kind}: {problem}" for problem in (*outcome.problems, *found)]
        told, unlike = autumns(kind)
        for line in told.lines:
            click.echo(f"{kind}, autumn 2025: {line.what}: {line.counted}")
        wrong += [f"{kind}, autumn 2025: {problem}" for problem in unlike]
        sent = deliver(kind, sendings)
        click.echo(f"{kind}, messages: {sent}")
        if set(sent.times) != {1}:
            wrong.append(f"{kind}, messages: {sent}")
        for way, survived in trials(kind):
            click.echo(f"{kind}, Telegram by {way}: {survived}")
    if "postgresql" not in kinds():
        click.secho(f"POSTGRESQL WAS NOT TRIED: {POSTGRESQL} is not set.", bold=True)
    sys.exit("\n".join(wrong) or None)


soak()
