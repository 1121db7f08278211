"""A stand-in for the municipality's sign-in: OpenID Connect over real HTTP, with real signatures.

It does what a provider must (codes are good once, PKCE is checked), and lies where a test says so.
"""

import base64
import hashlib
import secrets
import threading
import time
from typing import Any
from urllib.parse import urlencode

from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

CLIENT, SECRET = "hoert", "a secret that both know, and 32 bytes"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


class Provider:
    """Who everybody is, and what it says of them. `lies` change what stands in the token."""

    key = RSAKey.generate_key(2048, {"kid": "one"})
    other = RSAKey.generate_key(2048, {"kid": "one"})

    def __init__(self) -> None:
        self.person: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.signed_with: Any = self.key
        self.alg = "RS256"
        self.metadata: dict[str, Any] = {}
        self.code = ""
        self._codes: dict[str, dict[str, str]] = {}
        self._server = make_server("127.0.0.1", 0, self._app(), request_handler=_Quiet)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _app(self) -> Flask:
        app = Flask("provider")
        app.get("/.well-known/openid-configuration")(self._configuration)
        app.get("/keys")(lambda: {"keys": [self.key.as_dict(private=False)]})
        app.get("/authorize")(self._authorize)
        app.post("/token")(self._token)
        return app

    def _configuration(self) -> Any:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/out",
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            **self.metadata,
        }

    def _authorize(self) -> Response:
        asked = request.args.to_dict()
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert {"state", "nonce", "redirect_uri"} <= set(asked)
        self.code = secrets.token_urlsafe(16)
        self._codes[self.code] = asked
        answer = urlencode({"code": self.code, "state": asked["state"]})
        return redirect(f"{asked['redirect_uri']}?{answer}")

    def _token(self) -> Any:
        form, known = request.form, request.authorization
        asked = self._codes.pop(form["code"], None)
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        if (
            asked is None
            or known is None
            or (known.username, known.password) != (CLIENT, SECRET)
            or base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return jsonify(error="invalid_grant"), 400
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "7",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
            **self.lies,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return {
            "access_token": "x",
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self._signed(claims),
        }

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.alg == "none":
            parts = (b'{"alg":"none"}', jsonify(claims).data)
            head, body = (base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts)
            return f"{head}.{body}."
        key = OctKey.import_key(SECRET) if self.alg == "HS256" else self.signed_with
        header = {"alg": self.alg, "kid": "one"}
        return jwt.encode(header, claims, key, algorithms=[self.alg])
