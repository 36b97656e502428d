"""The console's built files, below the path that it is under: hashed names may be kept for ever, all else leads to its one
page."""

import mimetypes
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

STATIC = Path(str(files("millwright.console"))) / "static"
_HASHED = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.(?:js|css|woff2|svg|png|webp)\Z")
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_KEPT, _ASKED = "public, max-age=31536000, immutable", "no-cache"
_ROOTED = b'="/'
_NOTHING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Millwright</title></head>
<body><h1>The console's pages are not built</h1>
<p>This copy of Millwright comes without them: the API is at <code>{base}/api/v1</code>.</p>
<p>A released package has them. From a checkout, <code>scripts/build_console.sh</code> makes them.</p></body></html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    """A built file as it is sent, with what was compressed beforehand beside it."""

    content: bytes
    kind: str
    compressed: dict[str, bytes]
    hashed: bool


class Console:
    """Serves the built files, and passes what is for the API on to it."""

    def __init__(self, api: ASGIApp, base: str, static: Path = STATIC) -> None:
        self._api, self._base = api, base
        self._files = _read(static)
        self._page = self._files.get("index.html")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or self._is_for_api(scope["path"]):
            await self._api(scope, receive, send)
            return
        await self._answer(scope)(scope, receive, send)

    def _is_for_api(self, path: str) -> bool:
        return path.startswith(f"{self._base}/api/")

    def _answer(self, scope: Scope) -> Response:
        path: str = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            return Response("the console's pages are only read\n", 405, {"Allow": "GET, HEAD"}, "text/plain")
        if path == "/" and self._base:
            return Response(status_code=307, headers={"Location": f"{self._base}/"})
        if self._base and not path.startswith(f"{self._base}/") and path != self._base:
            return Response(f"the console is at {self._base}/\n", 404, media_type="text/plain")
        inside = path.removeprefix(self._base).lstrip("/")
        found = self._files.get(inside)
        if found is None and "." in inside.rpartition("/")[2] and inside.startswith("assets/"):
            return Response("there is no such file\n", 404, media_type="text/plain")
        if found is None or inside == "index.html":
            return self._index()
        return _sent(found, Headers(scope=scope).get("accept-encoding", ""))

    def _index(self) -> Response:
        """The one page, with the path that it is under before its files: a <base> would need a wider content policy."""
        if self._page is None:
            return Response(_NOTHING.format(base=self._base), 503, {"Cache-Control": "no-store"}, "text/html; charset=utf-8")
        based = self._page.content.replace(_ROOTED, _ROOTED[:-1] + f"{self._base}/".encode())
        return Response(based, media_type="text/html; charset=utf-8", headers={"Cache-Control": _ASKED})


def _sent(file: _File, accepted: str) -> Response:
    headers = {"Cache-Control": _KEPT if file.hashed else _ASKED, "Vary": "Accept-Encoding"}
    for name, _ in _ENCODINGS:
        if name in file.compressed and name in accepted:
            return Response(file.compressed[name], 200, headers | {"Content-Encoding": name}, file.kind)
    return Response(file.content, 200, headers, file.kind)


def _read(static: Path) -> dict[str, _File]:
    """Every built file by its path, read once: they are few and small, and no path of a request touches the disk."""
    found = {path.relative_to(static).as_posix(): path for path in sorted(static.rglob("*")) if path.is_file()}
    endings = tuple(ending for _, ending in _ENCODINGS)
    return {name: _file(path) for name, path in found.items() if not name.endswith(endings)}


def _file(path: Path) -> _File:
    near = {name: path.with_name(path.name + ending) for name, ending in _ENCODINGS}
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind in ("application/javascript", "image/svg+xml", "application/json")
    return _File(
        content=path.read_bytes(),
        kind=f"{kind}; charset=utf-8" if text else kind,
        compressed={name: one.read_bytes() for name, one in near.items() if one.is_file()},
        hashed=_HASHED.search(path.name) is not None,
    )
