"""A file that somebody looks through before it is taken in.

What it was read as is shown first: all of it is taken in, or nothing. It travels with the form, or
is kept for a wave meanwhile.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import render_template, request
from flask_wtf import FlaskForm

from analysis import danish
from surveys import frame, spreadsheet
from surveys.errors import Problem, UnreadableFile, UnusableCell
from surveys.spreadsheet import Cell, Table
from webapp import import_words, running

LARGEST: Final = 600_000
"""Bytes of a file: it travels in the form, which may be a megabyte."""
MOST_PROBLEMS: Final = 50
SHOWN_ROWS: Final = 8


@dataclass(frozen=True, slots=True)
class Carried:
    """A file with what its columns hold: as the headings tell, or as somebody chose.

    `hidden` are the fields of the form by which the next request has the file again.
    """

    name: str
    table: Table
    mapping: Mapping[str, int]
    hidden: Mapping[str, str]


def taken(known: Mapping[str, Sequence[str]]) -> Carried | str:
    """The file of this form, just chosen or carried on in the form itself; or why there is none.

    `known` is what a file can hold, and what headings call it.
    """
    if not FlaskForm().validate():
        return "Siden har været åben længe. Vælg filen igen."
    try:
        if "content" in request.form:
            name = request.form.get("name", "")
            content = base64.b64decode(request.form["content"], validate=True)
        else:
            name, content = _chosen(LARGEST)
        hidden = {"name": name[:120], "content": base64.b64encode(content).decode()}
        return _carried(name, content, known, hidden)
    except binascii.Error:
        return import_words.in_danish(UnreadableFile("empty"))
    except UnreadableFile as unreadable:
        return import_words.in_danish(unreadable)


def keep(wave_id: int) -> tuple[str, str]:
    """The key of the file that is looked through, "" for none yet; and why it goes no further.

    A file that was sent just now is kept for the wave meanwhile. For lists of people, which may be
    larger than a form.
    """
    key = request.values.get("fil", "")
    if request.method != "POST":
        return key, ""
    if not FlaskForm().validate():
        return key, "Siden har været åben længe. Prøv igen."
    if key:
        return key, ""
    try:
        name, content = _chosen()
        spreadsheet.read(content)
    except UnreadableFile as unreadable:
        return "", import_words.in_danish(unreadable)
    here = running()
    with here.database.transaction() as session:
        return frame.keep_upload(session, wave_id, name, content, here.clock()), ""


def kept(wave_id: int, key: str, known: Mapping[str, Sequence[str]]) -> Carried | None:
    """A file that was kept for a wave; None when it has been taken in or thrown away."""
    with running().database.snapshot() as session:
        found = frame.upload(session, wave_id, key)
    return _carried(found.name, found.content, known, {"fil": key}) if found else None


def _chosen(largest: int | None = None) -> tuple[str, bytes]:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise UnreadableFile("none")
    content = sent.read() if largest is None else sent.read(largest + 1)
    if largest is not None and len(content) > largest:
        raise UnreadableFile("too_large")
    return sent.filename, content


def _carried(
    name: str, content: bytes, known: Mapping[str, Sequence[str]], hidden: Mapping[str, str]
) -> Carried:
    table = spreadsheet.read(content)
    mapping = spreadsheet.guess(table.headings, known)
    if any(field.startswith("column.") for field in request.form):
        columns = {field: request.form.get(f"column.{field}", "") for field in known}
        mapping = {
            field: int(column)
            for field, column in columns.items()
            if column.isdecimal() and int(column) < len(table.headings)
        }
    return Carried(name[:120], table, mapping, hidden)


def page(
    template: str,
    carried: Carried,
    problems: Sequence[Problem],
    fields: Mapping[str, str],
    problem: str = "",
    **words: object,
) -> str | tuple[str, int]:
    """The page on which a file is looked through; 422 when something is wrong with it.

    `problem` is what keeps a good file from being taken in.
    """
    rendered = render_template(
        template,
        name=carried.name,
        hidden=carried.hidden,
        problem=problem,
        table=carried.table,
        mapping=carried.mapping,
        rows=carried.table.rows[:SHOWN_ROWS],
        wrong=len(problems),
        problems=[
            (import_words.place(one), import_words.in_danish(one))
            for one in problems[:MOST_PROBLEMS]
        ],
        has_cpr=any(one.code == "cpr" for one in problems),
        fields=fields,
        as_shown=_as_shown,
        danish=danish,
        **words,
    )
    return (rendered, 422) if problems or problem else rendered


def _as_shown(cell: Cell) -> str:
    try:
        return spreadsheet.as_text(cell)
    except UnusableCell:
        return f"{cell:%d-%m-%Y}" if isinstance(cell, date) else "–"
