"""What programs hand in: meetings that were held. Each is taken in once, whoever sends it again.

The body is read as a file of meetings is, so that both are refused for the same reasons. A refusal
names the place and the reason, and nothing of what stood there.
"""

from typing import Annotated, Any, Final, Literal

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from surveys import meetings
from surveys.spreadsheet import Row, Table
from webapp import import_words, running
from webapp.api import HANDED_IN, keyed_for

blueprint = Blueprint("api_meetings", __name__, url_prefix="/api/v1")

MOST: Final = 500
"""Meetings in one call."""

Short = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]


class Meeting(BaseModel):
    """A meeting that was held. `key` is the event's own: the same key is taken in once.

    `reference` is your own number of the person, never a CPR number. `week` is the ISO week, as in
    2026-W47. Without a channel it is the one that there is an address for, or a printed card.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    key: Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
    reference: Short
    week: Annotated[str, Field(pattern=r"^\d{4}-W\d{2}$")]
    kind: Literal["in_person", "phone", "video"]
    unit: Short | None = None
    team: Short | None = None
    channel: Literal["email", "sms", "digital_post", "letter", "phone", "card"] | None = None
    language: Annotated[str, Field(min_length=2, max_length=8)] | None = None
    email: Annotated[str, Field(min_length=1, max_length=254)] | None = None
    phone: Annotated[str, Field(min_length=1, max_length=30)] | None = None


class Meetings(BaseModel):
    """Meetings: all are taken in, or none."""

    model_config = ConfigDict(extra="forbid")

    meetings: Annotated[list[Meeting], Field(min_length=1, max_length=MOST)]


class Taken(BaseModel):
    """How many wait to be asked, were known already, and are of teams that take no part yet."""

    waiting: int
    known: int
    team_off: int


class Refusal(BaseModel):
    """One thing that is wrong: in which meeting, counted from 0, and in which field."""

    meeting: int | None
    field: str
    detail: str


class RefusedMeetings(BaseModel):
    """Why nothing was taken in."""

    title: str
    status: int
    problems: list[Refusal]


@blueprint.post("/meetings")
@keyed_for("meetings")
def held() -> Response:
    """Take in meetings that were held."""
    try:
        sent = Meetings.model_validate_json(request.get_data(cache=False))
    except ValidationError as wrong:
        return _refused([_place(one["loc"], one["type"]) for one in wrong.errors(
            include_url=False, include_context=False, include_input=False
        )])  # fmt: skip
    fields = list(Meeting.model_fields)
    rows = tuple(
        Row(number, tuple(getattr(one, field) or "" for field in fields))
        for number, one in enumerate(sent.meetings)
    )
    here = running()
    reading = meetings.read(
        Table(tuple(fields), rows, ()), {name: at for at, name in enumerate(fields)}, here.clock()
    )
    if reading.problems:
        return _refused(
            [
                Refusal(meeting=one.row, field=one.column, detail=import_words.without_found(one))
                for one in reading.problems
            ]
        )
    with here.database.transaction() as session:
        done = meetings.take(session, reading)
    answer = Taken(waiting=done.waiting, known=done.known, team_off=done.team_off)
    return Response(answer.model_dump_json(), mimetype="application/json")


def _place(where: tuple[int | str, ...], reason: str) -> Refusal:
    """Where a body is not as described. A name that we do not know could be anything at all."""
    known = {"meetings", *Meeting.model_fields}
    numbers = [part for part in where if isinstance(part, int)]
    names = [part for part in where if isinstance(part, str) and part in known]
    return Refusal(
        meeting=numbers[0] if numbers else None,
        field=names[-1] if names else "",
        detail=f"Not as described: {reason}.",
    )


def _refused(problems: list[Refusal]) -> Response:
    title = "Nothing was taken in. Mend what is wrong and send it again."
    body = RefusedMeetings(title=title, status=422, problems=problems[:100])
    return Response(body.model_dump_json(), 422, mimetype="application/problem+json")


def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = {}
    for model in (Meetings, Taken, RefusedMeetings):
        made = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= made.pop("$defs", {})
        schemas[model.__name__] = made
    return schemas


def _answer(said: str, model: type[BaseModel] | str, kind: str) -> dict[str, Any]:
    name = model if isinstance(model, str) else model.__name__
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": said, "content": {kind: {"schema": schema}}}


HANDED_IN["/meetings"] = (
    {
        "operationId": "meetingsHeld",
        "summary": "Hand in meetings that were held, so that everybody who was there is asked",
        "description": "Needs a key that is made for meetings. No CPR numbers, no time of day.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Meetings"}}},
        },
        "responses": {
            "200": _answer("What became of them", Taken, "application/json"),
            "401": _answer("Refused", "Problem", "application/problem+json"),
            "422": _answer("Nothing was taken in", RefusedMeetings, "application/problem+json"),
        },
    },
    _schemas(),
)
