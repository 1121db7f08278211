"""Where staff write instruments: drafts, translations, previews, and publishing what is clean."""

from webapp.editor import shelf, writing
from webapp.editor.words import blueprint

__all__ = ["blueprint", "shelf", "writing"]
