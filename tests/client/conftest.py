from collections.abc import Iterator

import pytest

from serve.running import Running, toy


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A toy server that a module's tests share."""
    with toy(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="module")
def url(server: Running) -> str:
    """Where it answers."""
    return f"http://127.0.0.1:{server.port}"
