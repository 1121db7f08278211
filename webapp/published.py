"""What a warm process knows without asking the database: open links, forms and thank-you pages."""

import struct
import zlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from flask import Response, current_app
from sqlalchemy.exc import DBAPIError, NoResultFound

from surveys import fieldwork, languages
from surveys.database import Database
from surveys.fieldwork import Admission
from surveys.instrument import Instrument
from webapp.compression import takes_gzip

GAP = "\ue000"
"""Stands in a template where `Page` puts the words of one request (a private-use character)."""

ADMITTED_FOR = timedelta(seconds=5)
MOST_KEPT = 500

_HEADERS = (("Content-Type", "text/html; charset=utf-8"), ("Vary", "Accept-Encoding"))
_HEADERS_COMPRESSED = (*_HEADERS, ("Content-Encoding", "gzip"))
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_END = b"\x03\x00"

Headers = tuple[tuple[str, str], ...]
_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Page:
    """A page that is rendered and compressed once, with gaps that each request fills.

    The compressed copy is one gzip member: the fixed parts as they were compressed, the words
    between them as stored blocks.
    """

    def __init__(self, html: str) -> None:
        self._parts = [part.encode() for part in html.split(GAP)]
        self._compressed = [_compressed(part) for part in self._parts]

    def fill(self, *words: str) -> Response:
        """The page with one word in each gap, in order. The words must be safe as HTML."""
        headers, content = self.sent(words, compressed=takes_gzip())
        return Response(content, headers=list(headers))

    def sent(self, words: Iterable[str], *, compressed: bool) -> tuple[Headers, bytes]:
        """The same as it goes to the browser."""
        filled = [word.encode() for word in words]
        plain = _woven(self._parts, filled)
        if not compressed:
            return _HEADERS, plain
        woven = _woven(self._compressed, [_stored(word) for word in filled])
        end = struct.pack("<II", zlib.crc32(plain), len(plain))
        return _HEADERS_COMPRESSED, b"".join((_GZIP_HEADER, woven, _END, end))


class Published:
    """Open links, remembered for seconds, and instrument versions and pages, which never change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._admitted: dict[str, tuple[datetime, Admission]] = {}
        self._instruments: dict[int, Instrument] = {}
        self._pages: dict[Hashable, Page] = {}
        self._drafts: tuple[datetime, frozenset[str]] | None = None

    def admission(self, code: str, now: datetime) -> Admission:
        """What an open link admits to; at most `ADMITTED_FOR` old, older only without a database.

        Raises what `fieldwork.admit` raises.
        """
        fresh = self.remembered(code, now)
        if fresh is not None:
            return fresh
        known = self._admitted.get(code)
        try:
            with self._database.snapshot() as session:
                admission = fieldwork.admit(session, code, now)
        except DBAPIError:
            if known is not None:
                return known[1]
            raise
        keep(self._admitted, code, (now, admission))
        keep(self._instruments, admission.instrument_version_id, admission.instrument)
        return admission

    def remembered(self, code: str, now: datetime) -> Admission | None:
        """What an open link admits to, where that was asked for in the last `ADMITTED_FOR`."""
        known = self._admitted.get(code)
        if known is not None and timedelta(0) <= now - known[0] < ADMITTED_FOR:
            return known[1]
        return None

    def instrument(self, version: int) -> Instrument | None:
        """A version of an instrument; None when there is none or the database is away."""
        if version not in self._instruments:
            try:
                with self._database.snapshot() as session:
                    found = fieldwork.instrument_version(session, version)
            except (DBAPIError, NoResultFound):
                return None
            keep(self._instruments, version, found)
        return self._instruments[version]

    def drafts(self, now: datetime) -> frozenset[str]:
        """The draft translations that are offered; as old as an admission may be."""
        known = self._drafts
        if known is not None and timedelta(0) <= now - known[0] < ADMITTED_FOR:
            return known[1]
        try:
            with self._database.snapshot() as session:
                drafts = languages.switched_on(session)
        except DBAPIError:
            drafts = known[1] if known else frozenset()
        self._drafts = (now, drafts)
        return drafts

    def ready(self, key: Hashable) -> Page | None:
        """The page under a key, if it was rendered before."""
        return self._pages.get(key)

    def page(self, key: Hashable, render: Callable[[], str]) -> Page:
        """The page under a key, rendered the first time that it is asked for."""
        if key not in self._pages:
            keep(self._pages, key, Page(render()))
        return self._pages[key]


def published() -> Published:
    """What this process has ready."""
    found: Published = current_app.extensions["hoert.published"]
    return found


def keep(kept: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Keep a value under a key, among `MOST_KEPT` at most."""
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = value


def _woven(parts: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    if len(words) != len(parts) - 1:
        raise ValueError(f"The page has {len(parts) - 1} gaps, not {len(words)}.")
    return b"".join(piece for pair in zip(parts, (*words, b""), strict=True) for piece in pair)


def _compressed(part: bytes) -> bytes:
    """Deflate blocks that end at a byte and do not look back beyond their own beginning."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)


def _stored(word: bytes) -> bytes:
    """A deflate block that is not compressed."""
    return struct.pack("<BHH", 0, len(word), len(word) ^ 0xFFFF) + word
