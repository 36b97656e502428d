"""A written spec reads back, explains itself, and cannot be broken by what it holds."""

from dataclasses import fields, is_dataclass

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from spec_samples import SMALL, specs

from millwright.records.spec import CostSpec, DataSpec, GateSpec, Spec
from millwright.spec.load import parse_spec
from millwright.spec.schema import descriptions
from millwright.spec.write import WIDTH, write_spec

PLAIN = parse_spec(SMALL, "f", {})


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(specs())
@example(PLAIN)
@example(Spec(project="p", data=PLAIN.data, costs=CostSpec()))
def test_a_written_spec_reads_back(spec: Spec) -> None:
    assert parse_spec(write_spec(spec, {}), "f", {}) == spec


@settings(max_examples=40, deadline=None)
@given(st.text(), st.text(min_size=1))
def test_a_note_can_say_anything_and_change_nothing(note: str, column: str) -> None:
    data = DataSpec(source="a.csv", target="t\0", task="binary", known_later=("later " + column,))
    spec = Spec(project="p", data=data)
    notes = {"project": note, f"data.known_later.later {column}": note}
    assert parse_spec(write_spec(spec, notes), "f", {}) == spec


def _settings(record, path=()):
    for field in fields(record):
        value = getattr(record, field.name)
        yield (*path, field.name)
        if is_dataclass(value):
            yield from _settings(value, (*path, field.name))


def test_every_setting_is_there_with_its_meaning() -> None:
    text = write_spec(PLAIN)
    flat = " ".join(line.strip(" #") for line in text.splitlines())
    for path in _settings(PLAIN):
        assert f"{path[-1]}:" in text
        assert descriptions()[path]
        assert " ".join(descriptions()[path].split()) in flat


@pytest.mark.parametrize("cut", [True, False])
def test_a_line_behind_a_hash_is_its_default(cut: bool) -> None:
    """Deleting the # of every setting changes nothing."""
    lines = write_spec(PLAIN).splitlines()
    bare = [
        line.replace("#", "", 1) if line.lstrip().startswith("#") and not line.lstrip().startswith("# ") else line
        for line in lines
    ]
    assert len(bare) == len(lines)
    spec = parse_spec("\n".join(bare if cut else lines), "f", {})
    assert spec == (Spec(project="trips", data=PLAIN.data, costs=CostSpec()) if cut else PLAIN)


def test_comments_fit_on_a_screen() -> None:
    assert (
        max(len(line) for line in write_spec(PLAIN, {"split.method": "word " * 100}).splitlines() if "# " in line) <= WIDTH + 2
    )


def test_a_note_stands_above_what_it_speaks_of() -> None:
    data = DataSpec(source="a.csv", target="t", task="binary", known_later=("dep_delay", "arr_time"))
    text = write_spec(Spec(project="p", data=data), {"data.known_later.dep_delay": "predicts the target alone (AUC 0.95)"})
    assert "    # predicts the target alone (AUC 0.95)\n    - dep_delay\n    - arr_time\n" in text


def test_gates_are_written_one_setting_a_line() -> None:
    gates = (
        GateSpec(metric="roc_auc", min=1e-5),
        GateSpec(metric="brier", against="champion", rule="non_inferior", margin=0.01),
    )
    text = write_spec(Spec(project="p", data=PLAIN.data, gates=gates))
    assert "gates:\n  - metric: roc_auc\n    min: 1.0e-05\n  - metric: brier\n    against: champion\n" in text
