"""Interviews by telephone, for consultants: whom to call, the call itself, and what is approved."""

from webapp.interviews import conduct, ending, lists
from webapp.interviews.words import blueprint

__all__ = ["blueprint", "conduct", "ending", "lists"]
