"""Graphs that were made elsewhere: bound to columns, asked row by row, their classes found; what does not fit is refused."""

from array import array
from dataclasses import replace
from typing import Any

import numpy as np
import odd_graphs as odd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from millwright.errors import ContractBroken, ModelRefused
from millwright.features.batch import BatchEncoder
from millwright.models.imported import ImportedEvaluator
from millwright.models.imported_classes import class_columns
from millwright.models.imported_inputs import bind, holes
from millwright.models.imported_output import choose_output, refuse_scores
from millwright.models.onnx_facts import read_facts
from millwright.records.data import Contract, ContractColumn
from millwright.records.imported import GraphUse

CONTRACT = Contract(
    columns=(
        ContractColumn(name="town", kind="category"),
        ContractColumn(name="size", kind="number"),
        ContractColumn(name="rooms", kind="integer", nullable=False),
        ContractColumn(name="price", kind="number", role="target"),
        ContractColumn(name="mail", kind="category", pii=True),
        ContractColumn(name="note", kind="text"),
    )
)
TOWNS = ["Ulm", "Bonn", None, "Köln", "Ulm", ""]
COLUMNS: dict[str, Any] = {
    "town": np.array(TOWNS, dtype=object),
    "size": np.array([1.0, 2.0, 3.0, np.nan, 5.0, 6.0]),
    "rooms": np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
    "mail": np.array(["a@b.c"] * 6, dtype=object),
    "note": np.array(["x"] * 6, dtype=object),
}


def use_of(content: bytes, asked: tuple[str, ...] = (), **more: Any) -> tuple[Any, GraphUse]:
    facts = read_facts(content)
    bound = bind(facts, CONTRACT, COLUMNS, asked)
    use = GraphUse(
        features=len(bound.plan.features), inputs=bound.inputs, output=facts.outputs[-1].name, scores="value", given=1,
        columns=(0,), unseen_text=bound.unseen_text,
    )  # fmt: skip
    return bound, replace(use, **more)


def test_texts_go_in_as_themselves_by_way_of_their_codes() -> None:
    content = odd.looks_up(["Ulm", "Berlin", ""], [10, 20, 30], other=90)
    bound, use = use_of(content)
    encoder = BatchEncoder(bound.plan)
    found = ImportedEvaluator(content, use).scores(encoder.encode(COLUMNS))[:, 0]
    assert found.tolist()[:3] == [11, 92, 33], "Bonn is none of the graph's; no value is the empty text"
    assert np.isnan(found[3])
    assert found.tolist()[4:] == [15, 36]
    new = {"town": np.array(["Berlin", "Mars"], dtype=object), "size": np.array([0.0, 0.0])}
    assert ImportedEvaluator(content, use).scores(encoder.encode(new))[:, 0].tolist() == [20, 90], "the graph's own texts"
    other = replace(use, missing_text="Berlin")
    assert ImportedEvaluator(content, other).scores(encoder.encode(COLUMNS))[2, 0] == 23


def test_a_whole_number_that_is_none_has_no_answer() -> None:
    nodes = [helper.make_node("Cast", ["rooms"], ["y"], to=odd.FLOAT)]
    content = odd.graph(nodes, [("rooms", odd.INT64, [None, 1])], [("y", odd.FLOAT, [None, 1])])
    _, use = use_of(content)
    asked = ImportedEvaluator(content, use)
    assert asked.row(array("d", [7.0])) == [7.0]
    for value in (float("nan"), 1.5, 2.0**63, float("inf")):
        with pytest.raises(ContractBroken) as caught:
            asked.batch(np.array([[1.0], [value]]))
        assert (caught.value.code, caught.value.row) == ("model.no_answer", 2)
    columns = [replace(c, nullable=True) for c in CONTRACT.columns]
    with pytest.raises(ModelRefused) as refused:
        bind(read_facts(content), replace(CONTRACT, columns=tuple(columns)), COLUMNS, ())
    assert refused.value.code == "onnx.missing_value"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=2), min_size=1, max_size=12), st.data())
def test_a_row_has_the_same_bits_in_any_company(rows: list[list[float]], data: st.DataObject) -> None:
    content = odd.linear([[0.3], [-0.7]], 0.1, link="Sigmoid")
    use = use_of(content, ("size,rooms",), scores="probability")[1]
    asked, X = ImportedEvaluator(content, use), np.array(rows)
    at = data.draw(st.integers(0, len(rows) - 1))
    assert asked.row(array("d", X[at].tolist())) == asked.batch(X)[at].tolist()


def test_what_is_no_probability_has_no_answer() -> None:
    content = odd.linear([[1.0], [0.0]])
    asked = ImportedEvaluator(content, use_of(content, ("size,rooms",), scores="probability")[1])
    assert asked.batch(np.array([[0.25, 0], [1.0000002, 0], [-1e-8, 0]]))[:, 0].tolist() == [0.25, 1.0, 0.0]
    for value in (1.01, -0.01, np.nan, np.inf):
        with pytest.raises(ContractBroken):
            asked.batch(np.array([[value, 0.0]]))


BAD_INPUTS = [
    (odd.linear(np.ones((2, 1))), ("size",), "onnx.columns", "takes 2 columns"),
    (odd.linear(np.ones((3, 1))), (), "onnx.columns", "--inputs"),
    (odd.linear(np.ones((2, 1)), shape=[None, "f"]), (), "onnx.columns", "any number of"),
    (odd.linear(np.ones((2, 1)), shape=[32, 2]), (), "onnx.batch", "32 rows at a time"),
    (odd.linear(np.ones((2, 1))), ("size,seize",), "onnx.column", 'did you mean "size"?'),
    (odd.linear(np.ones((2, 1))), ("size,price",), "onnx.column", "of the role target"),
    (odd.linear(np.ones((2, 1))), ("size,town",), "onnx.column", "is of kind category"),
    (odd.linear(np.ones((2, 1))), ("size,size",), "onnx.columns", "twice"),
    (odd.looks_up(["a"], [1], other=0), ("size",), "onnx.input", "say which"),
    (odd.looks_up(["a"], [1], other=0), ("town=mail",), "onnx.column", "personal data"),
    (odd.looks_up(["a"], [1], other=0), ("town=note",), "onnx.column", "is of kind text"),
]


@pytest.mark.parametrize(("content", "asked", "code", "words"), BAD_INPUTS)
def test_inputs_that_do_not_fit_the_columns_are_refused(content: bytes, asked: tuple[str, ...], code: str, words: str) -> None:
    with pytest.raises(ModelRefused) as refused:
        bind(read_facts(content), CONTRACT, COLUMNS, asked)
    assert refused.value.code == code
    assert words in str(refused.value)


def test_numbers_without_names_are_taken_in_order_and_that_is_said() -> None:
    bound, _ = use_of(odd.linear(np.ones((2, 1))))
    assert bound.plan.features == ("size", "rooms")
    assert bound.notes == ("its 2 inputs are taken for size, rooms",)
    assert ("town", "the imported model has no input for it") in bound.plan.dropped


def test_a_graph_that_takes_texts_apart_is_refused() -> None:
    nodes = [
        helper.make_node("StringNormalizer", ["town"], ["t"], case_change_action="LOWER"),
        helper.make_node("LabelEncoder", ["t"], ["y"], domain="ai.onnx.ml", keys_strings=["ulm"], values_floats=[1.0]),
    ]
    content = odd.graph(nodes, [("town", odd.STRING, [None])], [("y", odd.FLOAT, [None])])
    with pytest.raises(ModelRefused, match="StringNormalizer"):
        bind(read_facts(content), CONTRACT, COLUMNS, ())


def test_rows_that_may_come_are_without_what_may_be_missing() -> None:
    bound, use = use_of(odd.looks_up(["Ulm"], [1], other=0))
    X = BatchEncoder(bound.plan).encode(COLUMNS)
    rows, words = holes(bound.plan, CONTRACT, X)
    assert words == [
        "column 'town' has no value", "column 'town' has a value never seen before", "column 'size' has no value",
    ]  # fmt: skip
    assert np.isnan(rows[0, 0])
    assert rows[1, 0] == len(use.inputs[0].levels[0])
    assert np.isnan(rows[2, 1])


SURE = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])


def order_of(content: bytes, classes: tuple[str, ...], labels: list[str], *, stated: tuple[str, ...] = ()) -> Any:
    return class_columns(read_facts(content), SURE, labels, classes, stated)


def test_classes_are_found_by_what_is_decided_then_by_name_then_in_order() -> None:
    named, bare = odd.classifier(["yes", "no"]), odd.classifier(["a", "b"], labelled=False, hold=False)
    assert order_of(named, ("no", "yes"), ["yes", "no", "yes"]).columns == (0,)
    assert order_of(named, ("no", "yes"), ["", "", ""]).columns == (0,), "the names in the graph"
    assert order_of(bare, ("no", "yes"), ["yes", "no", "yes"]).columns == (0,), "what it decides"
    assert order_of(bare, ("no", "yes"), ["yes", "", "yes"]).columns == (0,), "one of two says the other"
    assumed = order_of(bare, ("no", "yes"), ["0", "1", "0"])
    assert assumed.columns == (1,)
    assert assumed.notes == ("it does not name its classes: they are taken in the order no, yes",)
    assert order_of(bare, ("yes", "no"), ["", "", ""], stated=("no", "yes")).columns == (0,)


@pytest.mark.parametrize(
    ("classes", "labels", "stated", "words"),
    [
        (("no", "yes"), ["cat", "dog", "cat"], (), "cat, dog"),
        (("yes", "no"), ["", "", ""], (), "--classes"),
        (("no", "yes"), ["", "", ""], ("no", "maybe"), "maybe"),
        (("no", "yes"), ["yes", "no", "yes"], ("no", "yes"), "decides on"),
    ],
)
def test_classes_that_do_not_fit_are_refused(
    classes: tuple[str, ...], labels: list[str], stated: tuple[str, ...], words: str
) -> None:
    with pytest.raises(ModelRefused) as refused:
        order_of(odd.classifier(["a", "b"], labelled=False, hold=False), classes, labels, stated=stated)
    assert refused.value.code == "onnx.classes"
    assert words in str(refused.value)


def test_one_number_a_row_is_of_the_positive_class_or_refused() -> None:
    facts, given = read_facts(odd.linear([[1.0], [0.0]])), np.array([[0.9], [0.1]])
    assert class_columns(facts, given, ["yes", "no"], ("no", "yes"), ()).columns == (0,)
    with pytest.raises(ModelRefused, match="large where it decides for no"):
        class_columns(facts, given, ["no", "yes"], ("no", "yes"), ())


def test_three_classes_get_their_places() -> None:
    facts = read_facts(odd.classifier(["c", "a", "b"]))
    assert class_columns(facts, np.eye(3), ["c", "a", "b"], ("a", "b", "c"), ()).columns == (1, 2, 0)


@pytest.mark.parametrize(
    ("content", "task", "classes", "asked", "code"),
    [
        (odd.linear(np.ones((2, 3))), "binary", 2, None, "onnx.width"),
        (odd.linear(np.ones((2, 2))), "multiclass", 3, None, "onnx.width"),
        (odd.linear(np.ones((2, 2))), "regression", 0, None, "onnx.width"),
        (odd.linear(np.ones((2, 1))), "binary", 2, "anser", "onnx.output"),
        (odd.classifier(["a", "b"]), "binary", 2, "label", "onnx.width"),
    ],
)
def test_an_output_that_does_not_fit_the_task_is_refused(
    content: bytes, task: Any, classes: int, asked: str | None, code: str
) -> None:
    with pytest.raises(ModelRefused) as refused:
        choose_output(read_facts(content), task, classes, asked)
    assert refused.value.code == code


def test_of_several_outputs_the_probable_one_is_taken_and_said() -> None:
    nodes = [helper.make_node("Sigmoid", ["X"], ["probability"]), helper.make_node("Identity", ["X"], ["raw"])]
    outputs = [("raw", odd.FLOAT, [None, 1]), ("probability", odd.FLOAT, [None, 1])]
    facts = read_facts(odd.graph(nodes, [("X", odd.FLOAT, [None, 1])], outputs))
    found = choose_output(facts, "binary", 2, None)
    assert found.output == "probability"
    assert "raw would fit too" in found.notes[0]
    assert choose_output(facts, "binary", 2, "raw").output == "raw"
    with pytest.raises(ModelRefused) as refused:
        choose_output(facts, "regression", 0, None)
    assert refused.value.code == "onnx.outputs"


def test_scores_that_are_no_probabilities_are_not_taken_for_them() -> None:
    refuse_scores(SURE, "probability")
    for scores in (np.array([[1.7]]), np.array([[-0.2]]), np.array([[0.5, 0.6]])):
        with pytest.raises(ModelRefused, match="--outputs raw"):
            refuse_scores(scores, "probability")
    refuse_scores(np.array([[1.7]]), "raw")
    with pytest.raises(ModelRefused, match="two raw scores"):
        refuse_scores(np.array([[-1.0, 1.0]]), "raw")
