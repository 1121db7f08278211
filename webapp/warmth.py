"""What the first citizen would otherwise wait for, and every web process hold a copy of."""

from flask import Flask
from sqlalchemy.orm import configure_mappers

from surveys import definition, wording
from surveys.concern import concern
from surveys.privacy import redact


def warm(app: Flask) -> None:
    """Load templates, words and patterns. Neither the database nor the network is touched."""
    configure_mappers()
    for template in app.jinja_env.list_templates():
        if template.startswith("respond/") or "/" not in template:
            app.jinja_env.get_template(template)
    for language in wording.languages():
        wording.translation(language)
    for document in definition.catalogue():
        definition.read(definition.shipped(document))
    concern("")
    redact("Ring til mig på +45 40 11 22 33")
