"""Slots: what is live and what is tried beside it is one reference, and what must be loaded first is not waited for."""

from dataclasses import replace
from pathlib import Path

from millwright.records.data import ContractColumn
from millwright.serve.access import Access
from millwright.serve.plane import Plane
from millwright.serve.releases import ReleaseWatch
from millwright.serve.settings import ServeSettings
from millwright.serve.slot import Rival, Slot, Slots

from .released import Home
from .toy_server import ToyScorer, toy_rival, toy_slot


def test_live_payloads_and_challengers_are_what_answers(tmp_path: Path) -> None:
    slots = Slots()
    slots.put(toy_slot(tmp_path, 1, challenger=toy_rival(0.5)), default=True)
    assert slots.payloads() == {f"{1:064d}", "9" * 64}
    slots.put(toy_slot(tmp_path, 2), default=True)
    assert slots.payloads() == {f"{2:064d}"}


class Curious(ToyScorer):
    """Knows one column more, and holds the category to be personal."""

    contract = replace(
        ToyScorer.contract,
        columns=(
            *(replace(column, pii=column.pii or column.name == "dest") for column in ToyScorer.contract.columns),
            ContractColumn(name="weather", kind="category"),
        ),
    )


def test_what_the_challenger_alone_knows_is_known_and_what_it_hides_is_hidden() -> None:
    rival = Rival(Curious(), "9" * 64, 9)
    slot = Slot.of(
        "toy", ToyScorer(), payload_digest="1" * 64, version=1, release=1, settings=ServeSettings(), challenger=rival
    )
    assert "weather" in slot.columns
    assert slot.redaction.columns == {"who", "dest"}


class Noting(Slots):
    """Remembers which versions were put."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[tuple[int, int | None]] = []

    def put(self, slot: Slot, *, default: bool) -> None:
        """Note the live version and the challenger's."""
        self.noted.append((slot.version, slot.challenger and slot.challenger.version))
        super().put(slot, default=default)


def test_the_live_version_goes_ahead_of_a_challenger_that_has_to_be_loaded_and_together_with_a_loaded_one(
    tmp_path: Path,
) -> None:
    home, slots = Home(tmp_path), Noting()
    old, new = home.package(1), home.package(2)
    plane = replace(Plane.open(tmp_path, Access("127.0.0.1")), slots=slots)
    watch = ReleaseWatch(tmp_path, home.trust, plane)
    try:
        home.release(1, old, challenger=home.challenger(2, new))
        watch.look()
        assert slots.noted == [(1, None), (1, 2)]
        home.release(2, old, version=1, challenger=home.challenger(2, new, 0.5))
        watch.look()
        assert slots.noted[2:] == [(1, 2)]
    finally:
        plane.close()
