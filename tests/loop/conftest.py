"""What the tests of the loop share: a kiosk on the eve of each kind of tick."""

import pytest
from kiosk_stages import Stages


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory, signing_key: object) -> Stages:
    """Folders in which the next tick holds, retrains, goes a stage forward or back; each is made when first asked for."""
    return Stages(tmp_path_factory.mktemp("kiosk"))
