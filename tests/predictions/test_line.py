"""A line is a prediction in other clothes: the same fields, the same bytes."""

import dataclasses
from collections.abc import Callable

from millwright.predictions.line import Line
from millwright.predictions.log import lines_of
from millwright.records.traffic import Prediction


def test_a_line_is_written_as_the_prediction_it_stands_for(prediction: Callable[..., Prediction]) -> None:
    made = prediction(minute=3, key="k", client_id="c", flags=("range:age",))
    fields = {field.name: getattr(made, field.name) for field in dataclasses.fields(made)}
    assert tuple(fields) == Line.__struct_fields__
    assert lines_of([Line(**fields)]) == lines_of([made])
