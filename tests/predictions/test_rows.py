import numpy as np

from millwright.predictions.rows import answers_of, number_field, values_of


def test_values_keep_their_kind_and_each_text_its_own() -> None:
    texts = ["1", "1.0", "true", '"1"', None, "null", "1"]
    values = values_of(texts)
    assert [(type(value), value) for value in values] == [
        (int, 1),
        (float, 1.0),
        (bool, True),
        (str, "1"),
        (type(None), None),
        (type(None), None),
        (int, 1),
    ]
    assert len(values_of([])) == 0


def test_a_number_that_an_output_lacks_is_nan() -> None:
    found = number_field(['{"probability": 0.5}', "{}"], "probability")
    assert found[0] == 0.5
    assert found[1] != found[1]


def test_answers_keep_their_kind_and_their_order() -> None:
    texts = ['{"probability": 0.5}', "[1, 2.5]", "null", '"a,b"', '{"probability": 0.5}']
    assert answers_of(np.array(texts, dtype=object)) == [{"probability": 0.5}, [1, 2.5], None, "a,b", {"probability": 0.5}]
    assert answers_of([]) == []
