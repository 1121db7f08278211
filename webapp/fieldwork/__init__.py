"""Fieldwork for staff: rounds that open and close, whom they ask, how it goes, what is kept."""

from webapp.fieldwork import people, planning, progress
from webapp.fieldwork.words import blueprint

__all__ = ["blueprint", "people", "planning", "progress"]
