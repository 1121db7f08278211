"""Values that only this installation can read, for what must rest in the database for a while."""

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.fernet import Fernet, InvalidToken


class BrokenSeal(Exception):
    """Sealed with another SECRET_KEY, or not by us at all."""


class Seal:
    """Seals JSON values with a key that is derived from SECRET_KEY."""

    def __init__(self, secret: str) -> None:
        key = hmac.digest(secret.encode(), b"telegram seal", "sha256")
        self._fernet = Fernet(urlsafe_b64encode(key))

    def shut(self, value: object) -> bytes:
        """Seal a value."""
        return self._fernet.encrypt(json.dumps(value).encode())

    def open(self, sealed: bytes) -> Any:
        """Give back what was sealed. Raises BrokenSeal."""
        try:
            return json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise BrokenSeal from None
