"""Every record survives its JSON, and the same record always has the same digest."""

import dataclasses
import importlib
import pkgutil
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import millwright.records as room
from millwright.records.codec import digest_of, from_json, pretty_json, sha256, to_json, to_plain
from millwright.records.modelling import TrialConfig
from millwright.records.release import FileEntry, Signature
from millwright.records.running import Step
from millwright.records.traffic import Prediction

INTEGERS = st.integers(-(2**63), 2**63 - 1)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | FINITE | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


def record_classes() -> list[type]:
    """Every dataclass that is defined in the records room."""
    modules = [importlib.import_module(f"millwright.records.{found.name}") for found in pkgutil.iter_modules(room.__path__)]
    found = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    return sorted((c for c in found if dataclasses.is_dataclass(c) and c.__module__.startswith(room.__name__)), key=str)


RECORDS = record_classes()


def values_of(kind: Any, within: tuple[type, ...] = ()) -> st.SearchStrategy[Any]:
    """Values of a field's type, such as its JSON can hold: finite numbers of 64 bits, times in UTC, whole texts.

    within: the records around it. One that holds its like does so once: deeper draws would nearly all be thrown away.
    """
    if kind is Any:
        return JSON
    if kind in _LEAVES:
        return _LEAVES[kind]
    if dataclasses.is_dataclass(kind):
        assert isinstance(kind, type)
        if within.count(kind) > 1:
            return st.nothing()
        fields = {name: values_of(hint, (*within, kind)) for name, hint in _hints(kind).items()}
        return st.fixed_dictionaries(fields).map(lambda given: kind(**given))
    return _composed(kind, within)


def _composed(kind: Any, within: tuple[type, ...]) -> st.SearchStrategy[Any]:
    origin, inner = getattr(kind, "__origin__", None), getattr(kind, "__args__", ())
    if hasattr(kind, "__metadata__"):
        return values_of(origin, within)
    if origin is tuple and inner[-1] is Ellipsis:
        one = values_of(inner[0], within)
        return st.just(()) if one.is_empty else st.lists(one, max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(values_of(one, within) for one in inner))
    if origin is dict:
        return st.dictionaries(values_of(inner[0], within), values_of(inner[1], within), max_size=3)
    if type(None) in inner or "Union" in type(kind).__name__:
        return st.one_of(*(values_of(one, within) for one in inner))
    return st.sampled_from(inner)


def _hints(kind: type) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(kind)}
    return {name: hint for name, hint in get_type_hints(kind).items() if name in names}


_LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    int: INTEGERS,
    float: FINITE,
    str: TEXTS,
    bool: st.booleans(),
    type(None): st.none(),
    msgspec.UnsetType: st.just(msgspec.UNSET),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


def test_the_records_are_found() -> None:
    assert {"Spec", "Snapshot", "Contract", "FeaturePlan", "Manifest", "Prediction", "Decision"} <= {
        c.__name__ for c in RECORDS
    }


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_record_survives_its_json(kind: type, data: st.DataObject) -> None:
    record = data.draw(values_of(kind))
    raw = to_json(record)
    back = from_json(kind, raw)
    assert back == record
    assert to_json(back) == raw
    assert digest_of(back) == digest_of(record) == sha256(raw)
    assert from_json(kind, pretty_json(record)) == record
    assert msgspec.json.decode(raw) == msgspec.json.decode(msgspec.json.encode(to_plain(record)))


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_a_record_is_frozen_keyword_only_and_has_no_dict(kind: type) -> None:
    assert kind.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(kind))
    assert "__dict__" not in dir(kind)
    required = [f for f in dataclasses.fields(kind) if f.default is f.default_factory is dataclasses.MISSING]
    if required:
        with pytest.raises(TypeError):
            kind()


def test_a_record_that_is_kept_names_its_schema_and_version() -> None:
    for kind in RECORDS:
        for field in dataclasses.fields(kind):
            if field.name == "schema":
                name, _, version = field.default.partition("/")
                assert name.startswith("millwright.")
                assert version.isdigit()


def test_the_digest_does_not_depend_on_the_order_of_a_mapping() -> None:
    a = TrialConfig(name="a", family="f", params={"x": 1, "y": 2.5})
    b = TrialConfig(name="a", family="f", params={"y": 2.5, "x": 1})
    assert digest_of(a) == digest_of(b)


def test_a_digest_tells_one_from_one_point_nought_and_from_true() -> None:
    configs = [TrialConfig(name="a", family="f", params={"x": x}) for x in (1, 1.0, True, "1")]
    assert len({digest_of(config) for config in configs}) == 4


SIGNATURE = Signature(key="k", signature="s")
SIGNATURE_JSON = b'{"algorithm":"ed25519","key":"k","signature":"s"}'


def test_the_canonical_json_is_what_it_always_was() -> None:
    """A change here makes every digest that people hold a stranger."""
    assert to_json(SIGNATURE) == SIGNATURE_JSON
    assert (
        to_json({"b": [1, 1.5, 1e300, -0.0, None, True], "a": "ü\n"})
        == '{"a":"ü\\n","b":[1,1.5,1e300,-0.0,null,true]}'.encode()
    )
    entry = FileEntry(path="payload/plan.json", size=3, sha256="ab", part="payload")
    assert digest_of(entry) == sha256(b'{"part":"payload","path":"payload/plan.json","sha256":"ab","size":3}')


def test_the_digest_is_the_same_in_every_process() -> None:
    code = (
        "from millwright.records.codec import digest_of\n"
        "from millwright.records.modelling import TrialConfig\n"
        "print(digest_of(TrialConfig(name='n', family='f', params={c: 1 for c in 'zyxabc'})))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0].strip()) == 64


def test_not_a_number_becomes_nothing() -> None:
    assert to_json({"a": float("nan"), "b": float("inf")}) == b'{"a":null,"b":null}'


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Signature, b'{"key":"k"}'),
        (Signature, b'{"key":1,"signature":"s"}'),
        (Signature, b'{"key":"k","signature":"s","algorithm":"none"}'),
        (FileEntry, b'{"path":"p","size":1.5,"sha256":"a","part":"payload"}'),
        (Step, b"[]"),
        (Prediction, b"null"),
    ],
)
def test_what_is_not_the_record_is_refused(kind: type, raw: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        from_json(kind, raw)


def test_records_need_neither_numpy_nor_anything_heavy() -> None:
    modules = ",".join(f"millwright.records.{found.name}" for found in pkgutil.iter_modules(room.__path__))
    heavy = ("numpy", "pandas", "pydantic", "sqlalchemy", "duckdb")
    code = f"import sys, {modules}; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
