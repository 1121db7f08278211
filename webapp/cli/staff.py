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


COMMANDS = (user,)
