"""Fieldwork for staff: rounds that open and close, whom they ask, how it goes, what is kept."""

from webapp.fieldwork import keeping, overview, people, planning, progress, sending
from webapp.fieldwork.words import blueprint

__all__ = ["blueprint", "keeping", "overview", "people", "planning", "progress", "sending"]
