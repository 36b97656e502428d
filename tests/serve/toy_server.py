"""A real server process around a scorer small enough to know by heart. Run: toy_server.py HOME READY_FILE [OPTION]..."""

import argparse
import math
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from millwright.data.columns import Row
from millwright.errors import ContractBroken
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import Calibrator, PayloadInfo
from millwright.serve import load, wire
from millwright.serve.access import Access
from millwright.serve.app import DataPlane
from millwright.serve.doors import bound
from millwright.serve.plane import Plane
from millwright.serve.server import run_server
from millwright.serve.settings import read_settings
from millwright.serve.slot import Rival, Slot

COLUMNS = tuple(f"x{i}" for i in range(28))


class ToyScorer:
    """Adds up its numbers; knows one category and one secret key."""

    explainer = None
    info = PayloadInfo(
        project="toy",
        task="binary",
        target="y",
        classes=("0", "1"),
        positive="1",
        evaluator="toy",
        model_files=(),
        calibrator=Calibrator(kind="identity"),
    )
    contract = Contract(
        columns=(
            *(ContractColumn(name=name, kind="number", nullable=False) for name in COLUMNS),
            ContractColumn(name="dest", kind="category", levels=("ATL", "ORD")),
            ContractColumn(name="who", kind="text", role="key", pii=True, key=True),
        )
    )

    def __init__(self, bias: float = 0.0, seconds_a_row: float = 0.0) -> None:
        self._bias, self._seconds = bias, seconds_a_row

    def check(self, row: Mapping[str, Any], number: int) -> tuple[Row, tuple[str, ...]]:
        """Numbers must be numbers, the category a text."""
        cells: dict[str, Any] = {name: self._number(row, name, number) for name in COLUMNS}
        dest = row.get("dest")
        if dest is not None and not isinstance(dest, str):
            raise ContractBroken("a text is expected", column="dest", row=number)
        cells["dest"] = dest
        return cells, ("unseen:dest",) if dest not in ("ATL", "ORD", None) else ()

    def answer(self, cells: Row) -> dict[str, Any]:
        """A probability from the sum of the numbers."""
        if self._seconds:
            time.sleep(self._seconds)
        total = math.fsum(float(cells[name] or 0.0) for name in COLUMNS) + self._bias
        probability = 1 / (1 + math.exp(-max(min(total, 50.0), -50.0)))
        return {"probability": probability, "decision": probability > 0.5, "label": "1" if probability > 0.5 else "0"}

    def answer_rows(
        self, rows: Sequence[Mapping[str, Any]], gaps: list[str] | None = None
    ) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
        """The same, many at once."""
        checked = [self.check(row, number) for number, row in enumerate(rows, 1)]
        if gaps is not None:
            gaps += ["dest" for cells, _ in checked if cells["dest"] is None]
        return [(self.answer(cells), flags) for cells, flags in checked]

    def _number(self, row: Mapping[str, Any], name: str, number: int) -> float:
        if name not in row:
            raise ContractBroken("the column is missing", column=name, row=number)
        value = row[name]
        if value is None:
            raise ContractBroken("a value is missing", column=name, row=number)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ContractBroken("a number is expected, got text", column=name, row=number)
        return float(value)


class RefusingScorer(ToyScorer):
    """Breaks on rows without a category, as no scorer should; refuses rows with a negative x0, as a contract may."""

    def answer_rows(
        self, rows: Sequence[Mapping[str, Any]], gaps: list[str] | None = None
    ) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
        """Raises KeyError, ContractBroken."""
        for number, row in enumerate(rows, 1):
            if row["x0"] < 0:
                raise ContractBroken("too small", column="x0", row=number)
            if not row["dest"]:
                raise KeyError("dest")
        return super().answer_rows(rows, gaps)


def toy_rival(share: float, seconds_a_row: float = 0.0, *, refusing: bool = False) -> Rival:
    """A challenger, as version 9."""
    scorer = (RefusingScorer if refusing else ToyScorer)(-60.0, seconds_a_row)
    return Rival(scorer, payload_digest="9" * 64, version=9, share=share)


def toy_slot(home: Path, version: int = 1, seconds_a_row: float = 0.0, challenger: Rival | None = None) -> Slot:
    """A slot that answers with the toy scorer."""
    return Slot.of(
        "toy",
        ToyScorer(float(version), seconds_a_row),
        payload_digest=f"{version:064d}",
        version=version,
        release=version,
        settings=read_settings(home, "toy"),
        challenger=challenger,
    )


def _swap_forever(plane: Plane, home: Path, seconds: float) -> None:
    version = 1
    while True:
        time.sleep(seconds)
        version += 1
        plane.slots.put(toy_slot(home, version), default=True)


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("ready", type=Path)
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("--empty", action="store_true")
    parser.add_argument("--swap-every", type=float)
    parser.add_argument("--seconds-a-row", type=float, default=0.0)
    parser.add_argument("--file-limit", type=int)
    parser.add_argument("--share", type=float)
    parser.add_argument("--refusing", action="store_true")
    parser.add_argument("--shadow-seconds-a-row", type=float, default=0.0)
    parser.add_argument("--breaking", action="store_true")
    parser.add_argument("--stalled", type=float, default=20.0)
    parser.add_argument("--most-connections", type=int, default=wire.MAX_CONNECTIONS)
    parser.add_argument("--most-requests", type=int, default=load.MAX_IN_PROGRESS)
    options = parser.parse_args()
    wire.MAX_CONNECTIONS, load.MAX_IN_PROGRESS = options.most_connections, options.most_requests
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    plane = Plane.open(options.home, Access("127.0.0.1"), replay=options.replay)
    if not options.empty:
        rival = None
        if options.share is not None:
            rival = toy_rival(options.share, options.shadow_seconds_a_row, refusing=options.refusing)
        slot = toy_slot(options.home, seconds_a_row=options.seconds_a_row, challenger=rival)
        plane.slots.put(replace(slot, scorer=RefusingScorer()) if options.breaking else slot, default=True)
    if options.swap_every:
        threading.Thread(target=_swap_forever, args=(plane, options.home, options.swap_every), daemon=True).start()
    if options.file_limit:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (options.file_limit, options.file_limit))
    run_server(DataPlane(plane), bound("127.0.0.1", 0), options.ready, stalled=options.stalled)
    plane.close()


if __name__ == "__main__":
    main()
