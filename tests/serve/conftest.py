from collections.abc import Iterator

import pytest

from .running import Running, toy


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A toy server that a module's tests share; each leaves it alive for the next."""
    with toy(tmp_path_factory.mktemp("home")) as running:
        yield running
        assert running.predict({**{f"x{i}": 1 for i in range(28)}}).status == 200
        assert running.end() == 0
