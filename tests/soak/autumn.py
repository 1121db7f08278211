"""The autumn of 2025 twice on each database: every count reconciled, and both runs the same."""

from collections.abc import Sequence

import migrations
from surveys.database import Database
from tests.bench.installation import SECRET, empty_database
from tests.conftest import Clock
from tests.delivery.mail_server import mail_server
from tests.delivery.sms_server import TOKEN, sms_server
from tests.drivers.autumn import Told, replay
from webapp.settings import Settings


def autumns(kind: str) -> tuple[Told, Sequence[str]]:
    """Replay the autumn twice. Gives what the first told, and all that is wrong."""
    first, second = (_once(kind) for _ in range(2))
    wrong = [f"{line.what}: {line.done} done, {line.counted} counted"
             for told in (first, second) for line in told.lines if not line.agrees]  # fmt: skip
    if first != second:
        wrong.append("two runs of one script differ")
    return first, wrong


def _once(kind: str) -> Told:
    with empty_database(kind) as url, mail_server() as post, sms_server() as gateway:
        database = Database(url)
        migrations.upgrade(database.engine)
        settings = Settings(
            database_url=url,
            secret_key=SECRET,
            municipality="Allerød Kommune",
            public_url="https://svar.example.dk",
            delivery="smtp sms",
            smtp_host="127.0.0.1",
            smtp_port=post.port,
            mail_from="Allerød Kommune <svar@example.dk>",
            gatewayapi_url=gateway.url,
            gatewayapi_token=TOKEN,
            sms_sender="Alleroed",
        )
        try:
            return replay(settings, database, Clock(), post, gateway)
        finally:
            database.close()
