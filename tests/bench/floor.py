"""The floor: the least that takes a form and keeps it. Flask, SQLAlchemy Core and Granian.

Cached form bytes, one insert in one transaction, the thank-you in the answer to the POST. It
checks nothing, hides nothing and, on SQLite, does not wait for the disk (synchronous=NORMAL).
"""

import os
from typing import Final

from flask import Flask, Response, request
from granian.constants import Interfaces
from granian.server import Server
from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, event, insert
from sqlalchemy.engine import Engine, make_url

FIELDS: Final = ("positive", "heard", "good", "better", "offers")
SCALE: Final = ("I meget høj grad", "I høj grad", "I nogen grad", "I mindre grad", "Slet ikke")
OFFERS: Final = ("cv", "interview", "upskilling", "stress", "nature", "health", "network", "cafe")

kept = Table(
    "kept",
    MetaData(),
    Column("id", Integer, primary_key=True),
    *(Column(field, Text) for field in FIELDS),
)


def engine(url: str) -> Engine:
    """An engine with the settings that are usual for the web."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_size=10)
    made = create_engine(parsed, connect_args={"timeout": 15})

    @event.listens_for(made, "connect")
    def prepare(connection, _) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    return made


def prepare(url: str) -> None:
    """Make the one table."""
    made = engine(url)
    kept.metadata.create_all(made)
    made.dispose()


def application() -> Flask:
    """The application of one web process."""
    app = Flask(__name__)
    database = engine(os.environ["DATABASE_URL"])
    form = _form().encode()
    thanks = b"<!doctype html><title>Tak</title><h1>Tak for dit svar</h1>"

    @app.get("/s/<code>")
    def show(code: str) -> Response:
        return Response(form, mimetype="text/html")

    @app.post("/s/<code>")
    def take(code: str) -> Response:
        given = {field: ",".join(request.form.getlist(f"answer.{field}")) for field in FIELDS}
        with database.begin() as connection:
            connection.execute(insert(kept).values(given))
        return Response(thanks, mimetype="text/html")

    return app


def _form() -> str:
    scale = "".join(
        f'<label><input type=radio name="answer.{{name}}" value="{5 - place}">{label}</label>'
        for place, label in enumerate(SCALE)
    )
    texts = '<label>Hvad har fungeret godt?<textarea name="answer.good"></textarea></label>'
    texts += '<label>Hvad kan vi gøre bedre?<textarea name="answer.better"></textarea></label>'
    offers = "".join(
        f'<label><input type=checkbox name="answer.offers" value="{code}">{code}</label>'
        for code in OFFERS
    )
    return (
        "<!doctype html><html lang=da><title>Din kontakt med os</title><form method=post>"
        + "".join(scale.replace("{name}", name) for name in ("positive", "heard"))
        + f"{texts}{offers}<button name=send value=1>Send</button></form>"
    )


if __name__ == "__main__":
    Server(
        "tests.bench.floor:application",
        factory=True,
        port=int(os.environ["PORT"]),
        interface=Interfaces.WSGI,
        workers=2,
        log_access=False,
    ).serve()
