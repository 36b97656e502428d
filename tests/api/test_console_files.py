import asyncio
import gzip
from pathlib import Path

import httpx
import pytest

from millwright.console.assets import Console


@pytest.fixture
def static(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text('<!doctype html><base href="/"><script src="assets/main-AbC12345.js"></script>')
    script = b"export const x = 1\n" * 100
    (tmp_path / "assets/main-AbC12345.js").write_bytes(script)
    (tmp_path / "assets/main-AbC12345.js.gz").write_bytes(gzip.compress(script))
    (tmp_path / "icon.svg").write_text("<svg/>")
    return tmp_path


def ask(app: Console, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def asking() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(asking())


async def api(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"api"})


@pytest.mark.parametrize("base", ["", "/mw"])
def test_every_page_of_the_console_is_its_one_page_with_its_own_base(static: Path, base: str) -> None:
    app = Console(api, base, static)
    for path in (f"{base}/", f"{base}/projects/kiosk/rollout", f"{base}/index.html", f"{base}/sign-in"):
        said = ask(app, path)
        assert said.status_code == 200
        assert f'<base href="{base}/">' in said.text
        assert said.headers["cache-control"] == "no-cache"
    assert ask(app, f"{base}/api/v1/health").status_code == 299


def test_hashed_files_are_kept_for_ever_and_come_compressed_where_that_is_there(static: Path) -> None:
    app = Console(api, "", static)
    said = ask(app, "/assets/main-AbC12345.js", **{"Accept-Encoding": "gzip"})
    assert said.headers["content-encoding"] == "gzip"
    assert "immutable" in said.headers["cache-control"]
    assert said.text.startswith("export")
    assert "content-encoding" not in ask(app, "/assets/main-AbC12345.js", **{"Accept-Encoding": "identity"}).headers
    assert "immutable" not in ask(app, "/icon.svg").headers["cache-control"]
    assert ask(app, "/assets/gone-AbC12345.js").status_code == 404, "a page of before asks for its own files"


@pytest.mark.parametrize("path", ["/../../pyproject.toml", "/assets/../../x", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"])
def test_no_path_leads_out(static: Path, path: str) -> None:
    (static.parent / "x").write_text("secret")
    said = ask(Console(api, "", static), path)
    assert "secret" not in said.text
    assert "root:" not in said.text


def test_the_pages_are_only_read(static: Path) -> None:
    assert ask(Console(api, "", static), "/", "POST").status_code == 405


def test_under_a_path_the_root_leads_there_and_all_else_is_not_there(static: Path) -> None:
    app = Console(api, "/mw", static)
    assert ask(app, "/").headers["location"] == "/mw/"
    assert ask(app, "/mwx/").status_code == 404


def test_where_nothing_is_built_that_is_said(tmp_path: Path) -> None:
    said = ask(Console(api, "/mw", tmp_path), "/mw/")
    assert said.status_code == 503
    assert "/mw/api/v1" in said.text
