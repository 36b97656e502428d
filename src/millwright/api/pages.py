"""HTML that Millwright wrote itself, with exactly its own styles and scripts allowed by their digests."""

import base64
import hashlib
import re

from starlette.responses import Response

from millwright.evaluate.report.html import tag
from millwright.records.release import Version

PAGE: dict[int | str, dict[str, object]] = {
    200: {"description": "One HTML page.", "content": {"text/html": {"schema": {"type": "string"}}}}
}
"""How a route that answers with a page says so."""

_STYLE, _SCRIPT = re.compile(rb"<style[^>]*>(.*?)</style>", re.S), re.compile(rb"<script[^>]*>(.*?)</script>", re.S)
_TOP = re.compile(rb"<main[^>]*>")
_STYLED = re.compile(rb'\sstyle="([^"]*)"')


def under_its_name(page: bytes, version: Version) -> bytes:
    """What was signed of a version, under its name: a package does not know the number that the catalogue has it under."""
    said = f"{version.name}: version {version.number:,} of project {version.project}, entered {version.created_at:%-d %B %Y}."
    words = tag("p", f"{said} What follows is as it was signed then.", class_="project")
    return _TOP.sub(lambda top: top[0] + tag("header", words).encode(), page, count=1)


def html(page: bytes) -> Response:
    """A page of ours. Nothing of it may reach out, and what is not in it as it was written does not run."""
    styles = [*_STYLE.findall(page), *(text.replace(b"&quot;", b'"') for text in set(_STYLED.findall(page)))]
    policy = (
        f"default-src 'none'; img-src data:; style-src 'unsafe-hashes' {_allowed(styles)}; "
        f"script-src {_allowed(_SCRIPT.findall(page))}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    headers = {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


def _allowed(contents: list[bytes]) -> str:
    digests = (base64.b64encode(hashlib.sha256(content).digest()).decode() for content in contents)
    return " ".join(f"'sha256-{digest}'" for digest in dict.fromkeys(digests)) or "'none'"
