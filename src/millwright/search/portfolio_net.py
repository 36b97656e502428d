"""What is tried of small neural networks, where the spec asks for them: as many steps whatever the size of the table."""

from collections.abc import Mapping

from millwright.records.modelling import TrialConfig
from millwright.records.spec import Scalar

NET = "net"
_FOLD_SHARE = 2 / 3
"""About what the folds leave of the rows to learn from."""
_EPOCH_ROWS = 16_384
_MOST_EPOCHS, _FEWEST_EPOCHS = 256, 8
"""256 are RealMLP's (Holzmüller, Grinsztajn & Steinwart 2024, arXiv 2407.04491), on tables of any size."""
_FEW_ROWS = 4_000
_CELLS = 1_500_000
"""The most numbers of an epoch: wide tables have shorter ones."""
_TRIED: Mapping[str, tuple[int, Mapping[str, Scalar]]] = {
    "short": (1_024, {"units": 128}),
    "wide": (2_048, {"units": 256}),
}
"""Steps of a fit, and what is set."""


def net_configs(rows: int, features: int) -> tuple[TrialConfig, ...]:
    """The configurations for a table of so many training rows and features, the quick one first."""
    return tuple(
        TrialConfig(name=f"{NET} {name}", family=NET, params={**_sized(rows, features, steps), **params})
        for name, (steps, params) in _TRIED.items()
    )


def _sized(rows: int, features: int, steps: int) -> dict[str, Scalar]:
    batch = 64 if rows < _FEW_ROWS else 256
    epoch_rows = max(min(_EPOCH_ROWS, _CELLS // max(features, 1)), batch)
    steps_of_epoch = max(min(round(rows * _FOLD_SHARE), epoch_rows) // batch, 1)
    epochs = min(max(round(steps / steps_of_epoch), _FEWEST_EPOCHS), _MOST_EPOCHS)
    return {"num_iterations": epochs, "epoch_rows": epoch_rows, "batch_rows": batch}
