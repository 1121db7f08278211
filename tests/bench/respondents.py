"""People who answer over HTTP, many at once, and how long they wait: the load of the benchmarks."""

import asyncio
import gzip
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Protocol
from urllib.parse import urlencode

Pairs = Sequence[tuple[str, str]]

PATIENCE_SECONDS = 20
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_ITEM = re.compile(r"^/svar/(\w+)")

ANSWERS: dict[str, Pairs] = {
    "positive": [("answer.positive", "4")],
    "heard": [("answer.heard", "5")],
    "good": [
        ("answer.good", "Min sagsbehandler lyttede til mig og ringede tilbage, som hun sagde.")
    ],
    "better": [("answer.better", "Brevene er svære at forstå, og der gik seks uger før mødet.")],
    "offers": [("answer.offers", "cv"), ("answer.offers", "stress"), ("answer.offers", "nature")],
}
"""Two scales, two texts of an ordinary length and three ticks in a list."""


@dataclass(slots=True)
class Waited:
    """What one phase showed: seconds by step, seconds of the completed walks, and failures."""

    steps: dict[str, list[float]] = field(default_factory=dict)
    walks: list[float] = field(default_factory=list)
    errors: int = 0

    def add(self, other: "Waited") -> None:
        """Take in another phase of the same kind."""
        for step, seconds in other.steps.items():
            self.steps.setdefault(step, []).extend(seconds)
        self.walks += other.walks
        self.errors += other.errors


class Refused(Exception):
    """The server said something else than it should have."""


FAILURES = (OSError, EOFError, ValueError, TimeoutError, Refused)
"""What a person can meet: no connection, one that breaks, no sense, no answer, a refusal."""


class Browser(Protocol):
    """What a walk needs: pages fetched and forms sent, with cookies kept. A step has a name."""

    async def get(self, step: str, path: str, expected: int = 200) -> str:
        """Fetch a page."""

    async def post(self, step: str, path: str, fields: Pairs, expected: int = 303) -> str:
        """Send a form; gives where it leads, or the page where nothing leads on."""


@dataclass(slots=True)
class _OverHttp:
    """One person's browser: a connection that stays open, cookies, and a form's hidden fields."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    waited: Waited
    cookies: dict[str, str]

    async def get(self, step: str, path: str, expected: int = 200) -> str:
        return (await self._ask(step, "GET", path, b"", expected))[1]

    async def post(self, step: str, path: str, fields: Pairs, expected: int = 303) -> str:
        location, page = await self._ask(step, "POST", path, urlencode(fields).encode(), expected)
        return location or page

    async def _ask(
        self, step: str, method: str, path: str, body: bytes, expected: int
    ) -> tuple[str, str]:
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n"
        head += "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101\r\n"
        head += "Accept-Encoding: gzip, deflate\r\nAccept-Language: da\r\n"
        if self.cookies:
            kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            head += f"Cookie: {kept}\r\n"
        if method == "POST":
            head += "Sec-Fetch-Site: same-origin\r\n"
            head += "Content-Type: application/x-www-form-urlencoded\r\n"
            head += f"Content-Length: {len(body)}\r\n"
        began = time.perf_counter()
        self.writer.write(f"{head}\r\n".encode() + body)
        async with asyncio.timeout(PATIENCE_SECONDS):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = [line.partition(": ")[::2] for line in lines[1:]]
            named = {name.lower(): value for name, value in headers}
            content = await self.reader.readexactly(int(named.get("content-length", "0")))
        self.waited.steps.setdefault(step, []).append(time.perf_counter() - began)
        status = int(lines[0].split()[1])
        if status != expected:
            raise Refused(f"{method} {step}: {status}")
        for name, value in headers:
            if name.lower() == "set-cookie":
                self.cookies |= {key: m.value for key, m in SimpleCookie(value).items()}
        if named.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        return named.get("location", ""), content.decode()


@asynccontextmanager
async def browser(port: int, waited: Waited, cookies: dict[str, str]) -> AsyncIterator[Browser]:
    """A new browser with one connection. Its cookies are kept in `cookies`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield _OverHttp(reader, writer, waited, cookies)
    finally:
        writer.close()


Walk = Callable[[Browser], Awaitable[None]]


def one_page(code: str) -> Walk:
    """Open Hørt's form, send it, read the thank-you."""

    async def walk(browser: Browser) -> None:
        page = await browser.get("form", f"/s/{code}")
        fields = [*HIDDEN.findall(page), *all_answers(), ("send", "1")]
        thanks = await browser.post("send", f"/s/{code}", fields)
        if "Tak" not in await browser.get("thanks", thanks):
            raise Refused("no thank-you")

    return walk


def page_by_page(code: str) -> Walk:
    """Answer the same five questions one page at a time, check them and send."""

    async def walk(browser: Browser) -> None:
        page = await browser.get("form", f"/s/{code}")
        path = await browser.post("send", f"/s/{code}", HIDDEN.findall(page))
        while asked := _ITEM.match(path):
            page = await browser.get("form", path)
            path = await browser.post("send", path, [*HIDDEN.findall(page), *ANSWERS[asked[1]]])
        page = await browser.get("form", path)
        thanks = await browser.post("send", path, [*HIDDEN.findall(page), ("send", "1")])
        if "Tak" not in await browser.get("thanks", thanks):
            raise Refused("no thank-you")

    return walk


def bare() -> Walk:
    """The floor's form and its POST, whose answer is the thank-you."""

    async def walk(browser: Browser) -> None:
        await browser.get("form", "/s/floor")
        fields = [*all_answers(), ("send", "1")]
        if "Tak" not in await browser.post("send", "/s/floor", fields, expected=200):
            raise Refused("no thank-you")

    return walk


def looking(path: str) -> Walk:
    """Fetch one page and leave."""

    async def walk(browser: Browser) -> None:
        await browser.get("page", path)

    return walk


def load(
    port: int, walk: Walk, people: int, seconds: float, cookies: Mapping[str, str] | None = None
) -> Waited:
    """Let that many people at once walk, each time with a new browser, for a while."""
    waited = Waited()

    async def person(until: float) -> None:
        while (began := time.perf_counter()) < until:
            try:
                async with browser(port, waited, dict(cookies or {})) as open_browser:
                    await walk(open_browser)
                waited.walks.append(time.perf_counter() - began)
            except FAILURES:
                waited.errors += 1

    async def everybody() -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(person(until) for _ in range(people)))

    asyncio.run(everybody())
    return waited


def cookies_after(port: int, walk: Walk) -> dict[str, str]:
    """What a browser keeps after one walk."""

    cookies: dict[str, str] = {}

    async def person() -> None:
        async with browser(port, Waited(), cookies) as open_browser:
            await walk(open_browser)

    asyncio.run(person())
    return cookies


def all_answers() -> Pairs:
    """The answers to all five questions, as one form sends them."""
    return [pair for pairs in ANSWERS.values() for pair in pairs]
