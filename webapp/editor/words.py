"""What the pages of the editor share: who writes instruments, and the button that is a form."""

from typing import Final

from flask import Blueprint
from flask_login import current_user
from flask_wtf import FlaskForm

from webapp import access

blueprint = Blueprint("editor", __name__)

EDITORS: Final = frozenset({access.Role.ADMINISTRATOR, access.Role.ANALYTIKER})
"""Who writes what is asked."""


class ButtonForm(FlaskForm):
    """A button; the token is all there is to check."""


def me() -> str:
    """Who is writing."""
    return str(current_user.email)
