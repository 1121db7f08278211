"""Pages and built assets leave compressed, wherever the browser can read that."""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request, send_file
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

WORTH_IT = 1000
LEVEL = 5


def takes_gzip() -> bool:
    """Whether this browser can read what is compressed."""
    return reads_gzip(request.environ.get("HTTP_ACCEPT_ENCODING", ""))


@lru_cache
def reads_gzip(said: str) -> bool:
    """Whether a browser can that says this of itself, and browsers say one of a handful."""
    return bool(parse_accept_header(said, Accept).quality("gzip"))


def compress(app: Flask) -> None:
    """Compress what the application sends: pages as they leave, assets as they were built."""
    static = Path(app.static_folder or "").resolve()

    def send_twin() -> Response | None:
        if request.endpoint != "static" or not takes_gzip():
            return None
        asset = (static / (request.view_args or {})["filename"]).resolve()
        twin = asset.with_name(f"{asset.name}.gz")
        if not (twin.is_relative_to(static) and twin.is_file()):
            return None
        types = {".css": "text/css", ".js": "text/javascript"}
        response = send_file(twin, mimetype=types.get(asset.suffix, "application/octet-stream"))
        response.content_encoding = "gzip"
        return response

    def shrink(response: Response) -> Response:
        headers = response.headers
        if "Location" in headers or ("Content-Encoding" in headers and "Vary" in headers):
            return response
        if request.endpoint == "static":
            response.vary.add("Accept-Encoding")
        elif not response.is_streamed and response.mimetype == "text/html":
            body = response.get_data()
            if len(body) < WORTH_IT:
                return response
            response.vary.add("Accept-Encoding")
            if takes_gzip():
                response.set_data(gzip.compress(body, LEVEL, mtime=0))
                response.content_encoding = "gzip"
        return response

    app.before_request(send_twin)
    app.after_request(shrink)
