"""One OpenID Connect provider, by Authlib: where to send somebody, and what it says of them.

Imported where it is used: an installation without such a provider does not pay for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import JoseError
from requests.exceptions import RequestException

SECONDS: Final = 10
SIGNED_BY: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Keys that the provider alone has. A token without a signature, or signed with our own secret, is
nobody's."""


class Away(Exception):
    """The provider does not answer, or not as one."""


class NotSure(Exception):
    """What came back does not prove who somebody is."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way to the provider, and what must come back unchanged."""

    url: str
    state: str
    nonce: str
    verifier: str


class _Session(OAuth2Session):
    def request(self, *args: Any, **words: Any) -> Any:
        words.setdefault("timeout", SECONDS)
        # What is asked of the provider is never asked of anybody it names
        words["allow_redirects"] = False
        return super().request(*args, **words)


class _Client(OAuth2Mixin, OpenIDMixin, BaseApp):
    """Authlib's client, without a framework."""

    client_cls = _Session

    def _on_update_token(self, *_: object, **__: object) -> None:
        """No token is kept."""


class Provider:
    """A provider with its keys, which are fetched once and again when it signs with a new one."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self._issuer = issuer
        self._client = _Client(
            framework=None,
            name="provider",
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
        )

    def begin(self, back: str) -> Way:
        """The way there, from which somebody comes back to this address. Raises Away."""
        self._load()
        going = self._client.create_authorization_url(redirect_uri=back)
        return Way(going["url"], going["state"], going["nonce"], going["code_verifier"])

    def claims(self, way: Way, code: str, back: str) -> Mapping[str, Any]:
        """What the provider says of whoever brings this code. Raises Away, NotSure."""
        self._load()
        options = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
        }
        try:
            token = self._client.fetch_access_token(
                redirect_uri=back, code=code, code_verifier=way.verifier
            )
            claims: Mapping[str, Any] | None = self._client.parse_id_token(
                token, nonce=way.nonce, claims_options=options
            )
        except RequestException as error:
            raise Away from error
        except (AuthlibBaseError, JoseError, KeyError, ValueError, TypeError) as error:
            raise NotSure(type(error).__name__) from error
        if not claims:
            raise NotSure("no token")
        return claims

    def sign_out(self, back: str) -> str:
        """Where somebody signs out there too. Raises Away."""
        self._load()
        try:
            address: str = self._client.create_logout_url(
                post_logout_redirect_uri=back, client_id=self._client.client_id
            )["url"]
        except RuntimeError as error:
            raise Away from error
        return address

    def _load(self) -> None:
        metadata = self._client.server_metadata
        try:
            metadata = self._client.load_server_metadata()
        except (RequestException, ValueError) as error:
            raise Away from error
        if metadata.get("issuer") != self._issuer:
            metadata.clear()
            raise Away("It says that it is another one.")
        metadata["id_token_signing_alg_values_supported"] = list(SIGNED_BY)
