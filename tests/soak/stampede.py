"""A hundred send one invitation at the same moment: one answer and a hundred friendly pages."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

from surveys import extract, fieldwork
from tests.bench.installation import prepared, web
from tests.bench.respondents import HIDDEN, Browser, Waited, all_answers, browser

SURVEY = "borgerinddragelse"
AT_ONCE = 100


def stampede(kind: str, invitations: int) -> list[str]:
    """Everything that went wrong, in sentences."""
    with prepared(kind, SURVEY) as (database, code):
        with database.transaction() as session:
            wave = fieldwork.admit(session, code, datetime.now(UTC)).wave_id
            tokens = fieldwork.invite(session, wave, invitations)
        with web(database) as server:
            shown = sum((asyncio.run(_all_press(server.port, t)) for t in tokens), Counter())
        with database.snapshot() as session:
            received = extract.wave(session, SURVEY).received
    wrong = [f"{n} times: {page}" for page, n in shown.items() if page != "Tak"]
    if received != invitations:
        wrong.append(f"{invitations} invitations gave {received} answers.")
    return wrong


async def _all_press(port: int, token: str) -> Counter[str]:
    """What those saw who held the same invitation in as many browsers and sent it at once."""
    ready = asyncio.Barrier(AT_ONCE)

    async def one() -> str:
        async with browser(port, Waited(), {}) as tab:
            hidden = await _form(tab, token)
            await ready.wait()
            path = await tab.post("send", "/svar", [*hidden, *all_answers(), ("send", "1")])
            page = await tab.get("thanks", path)
            return "Tak" if path == "/tak" and "Tak for dit svar" in page else path

    pages = await asyncio.gather(*(one() for _ in range(AT_ONCE)), return_exceptions=True)
    return Counter(page if isinstance(page, str) else repr(page) for page in pages)


async def _form(tab: Browser, token: str) -> list[tuple[str, str]]:
    await tab.get("invitation", f"/s/{token}", expected=303)
    return HIDDEN.findall(await tab.get("form", "/svar"))
