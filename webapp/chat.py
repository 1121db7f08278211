"""Placeholder."""

from flask import Blueprint

blueprint = Blueprint("chat", __name__)
