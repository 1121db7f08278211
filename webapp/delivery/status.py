"""What GatewayAPI tells of an SMS after it took it: whether the telephone ever got it."""

import hmac
from typing import Final

from flask import Blueprint, abort, request
from pydantic import BaseModel, ConfigDict, ValidationError

from surveys import dispatch
from webapp import running
from webapp.settings import Settings

blueprint = Blueprint("delivery_status", __name__)

_LOST: Final = frozenset({"UNDELIVERABLE", "REJECTED", "EXPIRED", "DELETED", "SKIPPED"})


class _Status(BaseModel):
    model_config = ConfigDict(extra="ignore")
    status: str
    userref: str


def address(settings: Settings) -> str:
    """Where GatewayAPI tells it. Whoever does not know the secret cannot find it."""
    return f"{settings.public_url}/levering/{_key(settings)}"


@blueprint.post("/levering/<key>")
def told(key: str) -> tuple[str, int]:
    """Note an SMS that did not arrive. Whatever else is told is not kept."""
    here = running()
    if not hmac.compare_digest(key.encode(), _key(here.settings).encode()):
        abort(404)
    try:
        status = _Status.model_validate_json(request.get_data())
    except ValidationError:
        abort(400)
    if status.status in _LOST:
        with here.database.transaction() as session:
            dispatch.bounced(session, status.userref, here.settings.secret_key)
    return "", 204


def _key(settings: Settings) -> str:
    return hmac.digest(settings.secret_key.encode(), b"delivery status", "sha256").hex()[:32]
