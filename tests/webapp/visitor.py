"""Somebody with a browser without script, who sees only what HTML and HTTP say."""

from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.webapp.html import Element, read, require_sound
from webapp.security import CONTENT_POLICY


class Visitor:
    """Fetches pages, fills in the form on show and presses its buttons. Every page is checked."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.path = "/"
        self.status = 0
        self.page = Element("document", {})
        self.response: TestResponse
        self.filled: dict[str, str | list[str]] = {}
        self.headers: dict[str, str] = {}

    def get(self, path: str, *, follow: bool = True) -> "Visitor":
        self.path = urljoin(self.path, path)
        return self._arrived(self.client.get(self.path, headers=self.headers), follow)

    def post(self, path: str, body: dict[str, str | list[str]]) -> "Visitor":
        """Send what no form on show would."""
        self.path = path
        return self._arrived(self.client.post(path, data=body, headers=self.headers), True)

    def fill(self, **fields: str | list[str]) -> "Visitor":
        """Type or choose; `item="5"` fills in the field `answer.item`."""
        for item, value in fields.items():
            name = f"answer.{item}" if self._controls(f"answer.{item}") else item
            assert self._controls(name), f"no field {name}"
            self.filled[name] = value
        return self

    def press(self, name: str, value: str = "1", *, follow: bool = True) -> "Visitor":
        form = next(f for f in self.page.all("form") if f.all("button", name=name, value=value))
        target = urljoin(self.path, form["action"] or self.path)
        body = self.body(form) | {name: value}
        self.path = urlsplit(target).path
        return self._arrived(self.client.post(target, data=body, headers=self.headers), follow)

    def body(self, form: Element | None = None) -> dict[str, str | list[str]]:
        """What a browser would send, without the button."""
        form = form or self.page.all("form")[0]
        sent: dict[str, str | list[str]] = {}
        for control in [*form.all("input"), *form.all("textarea")]:
            if control["type"] in {"radio", "checkbox"} and "checked" not in control:
                continue
            typed = control.typed if control.tag == "textarea" else control["value"]
            before = sent.get(control["name"])
            if control["type"] == "checkbox" or before is not None:
                kept = before if isinstance(before, list) else [before] if before else []
                sent[control["name"]] = [*kept, typed]
            else:
                sent[control["name"]] = typed
        return sent | self.filled

    @property
    def text(self) -> str:
        return self.page.all("main")[0].text

    @property
    def heading(self) -> str:
        return self.page.all("h1")[0].text

    @property
    def review(self) -> dict[str, str]:
        return {
            line.all("dt")[0].text: line.all("dd")[0].text
            for line in self.page.classed("review-line")
        }

    def _controls(self, name: str) -> list[Element]:
        return [e for e in self.page.walk() if e["name"] == name and e.tag != "button"]

    def _arrived(self, response: TestResponse, follow: bool) -> "Visitor":
        self.response = response
        self.status = response.status_code
        if follow and self.status in {302, 303}:
            return self.get(response.headers["Location"])
        assert response.headers["Content-Security-Policy"] == CONTENT_POLICY
        self.filled = {}
        if response.mimetype == "text/html" and self.status not in {302, 303}:
            self.page = read(response.get_data(as_text=True))
            require_sound(self.page)
            assert response.headers["Cache-Control"] == "no-store"
        return self
