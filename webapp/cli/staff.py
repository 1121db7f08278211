"""`hoert user …`: the staff who may sign in. The first is made here and nowhere else."""

import click

from webapp.cli.installation import opened


@click.group()
def user() -> None:
    """Staff who may sign in."""


@user.command("create")
@click.argument("email")
@click.option(
    "--role",
    type=click.Choice(
        ["sagsbehandler", "konsulent", "teamleder", "analytiker", "leder", "administrator"]
    ),
    default="leder",
    show_default=True,
)
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for when it is not given. At least 12 characters.",
)
def create(email: str, role: str, password: str) -> None:
    """Let the person with EMAIL sign in."""
    from webapp.access import InvalidUser, create_user

    with opened() as database:
        try:
            create_user(database, email=email, role=role, password=password)
        except InvalidUser as refusal:
            raise click.ClickException(str(refusal)) from None
    click.echo(f"{email} may sign in as {role} at /staff/.")


@user.command("unit")
@click.argument("email")
@click.argument("unit")
@click.option("--remove", is_flag=True, help="The person leads it no longer.")
def unit(email: str, unit: str, remove: bool) -> None:
    """Let the person with EMAIL see who of UNIT wants to be called."""
    from webapp.access import InvalidUser
    from webapp.callback import lead

    with opened() as database:
        try:
            lead(database, email, unit, leads=not remove)
        except InvalidUser as refusal:
            raise click.ClickException(str(refusal)) from None
    click.echo(f"{email} {'no longer leads' if remove else 'leads'} {unit}.")


COMMANDS = (user,)
