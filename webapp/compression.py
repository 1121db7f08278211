"""Pages and built assets leave compressed, wherever the browser can read that."""

import gzip
from pathlib import Path

from flask import Flask, Response, request, send_file

WORTH_IT = 1000
LEVEL = 5


def compress(app: Flask) -> None:
    """Compress what the application sends: pages as they leave, assets as they were built."""
    static = Path(app.static_folder or "").resolve()

    def send_twin() -> Response | None:
        if request.endpoint != "static" or not request.accept_encodings.quality("gzip"):
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
        if request.endpoint == "static":
            response.vary.add("Accept-Encoding")
        elif (
            response.mimetype == "text/html"
            and not response.is_streamed
            and not response.content_encoding
        ):
            response.vary.add("Accept-Encoding")
            body = response.get_data()
            if len(body) >= WORTH_IT and request.accept_encodings.quality("gzip"):
                response.set_data(gzip.compress(body, LEVEL, mtime=0))
                response.content_encoding = "gzip"
        return response

    app.before_request(send_twin)
    app.after_request(shrink)
