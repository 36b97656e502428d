"""Labels one by one: their versions, and those that wait for a prediction."""

from datetime import timedelta
from typing import Any

import pytest

from millwright.predictions import label_lines
from millwright.predictions.label_history import labels_of_id, labels_of_key, waiting_labels
from millwright.predictions.label_lines import LabelLine, Labels
from millwright.predictions.prune import PruneOrder, prune
from millwright.predictions.seal import seal
from millwright.predictions.tables import LABELS
from millwright.predictions.window import Logs, window

from .conftest import T0, make_label, make_prediction, write

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LATER = T0 + 9 * DAY


def of(logs: Logs, as_of: Any = LATER, park: timedelta = 30 * DAY) -> Labels:
    return Labels(logs=logs, project="flights", as_of=as_of, park=park)


def told(lines: tuple[LabelLine, ...]) -> list[tuple[Any, int, str]]:
    return [(line.value, line.version, line.state) for line in lines]


def test_every_version_is_there_with_its_times_and_its_source(logs: Logs) -> None:
    asked = make_prediction(1, key="k")
    labels = [
        make_label(10, prediction_id=asked.id, value="1", source="tower"),
        make_label(20, key="k", value="0"),
        make_label(30, prediction_id=asked.id, value="0"),
        make_label(3000, prediction_id=asked.id, value="1", event_at=T0 + 9 * MINUTE),
    ]
    write(logs, [make_prediction(0, key="other"), asked], labels)
    lines = labels_of_id(of(logs), asked.id)
    assert told(lines) == [("1", 1, "replaced"), ("0", 2, "replaced"), ("0", 2, "repeated"), ("1", 3, "counts")]
    assert [line.source for line in lines] == ["tower", "api", "api", "api"]
    assert [line.known_at for line in lines] == [label.known_at for label in labels]
    assert [line.event_at for line in lines] == [label.event_at for label in labels]
    assert {line.prediction for line in lines} == {asked.id}
    assert labels_of_key(of(logs), "k", T0) == lines
    assert told(labels_of_id(of(logs, as_of=T0 + 30 * MINUTE), asked.id))[1] == ("0", 2, "counts"), "as it was then"


def test_a_history_says_which_of_several_predictions_of_a_key_a_label_went_to(logs: Logs) -> None:
    first, second = make_prediction(1, key="k"), make_prediction(3 * 24 * 60, key="k")
    write(logs, [first, second], [make_label(10, key="k"), make_label(4 * 24 * 60, key="k", value="0")])
    lines = labels_of_key(of(logs), "k", T0)
    assert [(line.prediction, line.value) for line in lines] == [(first.id, "1"), (second.id, "0")]
    assert told(labels_of_id(of(logs), first.id)) == [("1", 1, "counts")]
    assert told(labels_of_id(of(logs), second.id)) == [("0", 1, "counts")]
    assert [line.value for line in labels_of_key(of(logs), "k", T0 + DAY)] == ["0"]


def test_a_label_by_key_of_an_older_prediction_than_was_asked_about_is_told_with_it(logs: Logs) -> None:
    asked = make_prediction(1, key="k")
    write(logs, [asked], [make_label(5 * 24 * 60, key="k")])
    assert [line.prediction for line in labels_of_key(of(logs), "k", T0 + 4 * DAY)] == [asked.id]


def test_a_repeated_answer_has_the_labels_of_the_answer_of_record(logs: Logs) -> None:
    first, again = make_prediction(1, client_id="c"), make_prediction(5, client_id="c")
    write(logs, [first, again], [make_label(9, prediction_id=again.id), make_label(10, prediction_id=first.id, value="0")])
    expected = [("1", 1, "replaced"), ("0", 2, "counts")]
    assert told(labels_of_id(of(logs), first.id)) == told(labels_of_id(of(logs), again.id)) == expected


def test_what_has_no_prediction_is_parked_for_so_long_and_then_given_up(logs: Logs) -> None:
    here, nowhere = make_prediction(1, key="k"), make_prediction(2)
    labels = [
        make_label(10, prediction_id=here.id),
        make_label(11, prediction_id=nowhere.id),
        make_label(12, key="nobody"),
        make_label(13, key="k"),
        make_label(24 * 60, prediction_id=make_prediction(23 * 60).id),
    ]
    write(logs, [here], labels)
    lines = waiting_labels(of(logs, park=8 * DAY + MINUTE), T0)
    assert [(line.id or line.key, line.state) for line in lines] == [
        (nowhere.id, "given_up"),
        ("nobody", "given_up"),
        (labels[-1].prediction_id, "parked"),
    ]
    assert told(labels_of_id(of(logs), nowhere.id)) == [("1", 0, "parked")]
    assert told(labels_of_key(of(logs), "nobody", T0)) == [("1", 0, "parked")]
    seal(logs.labels, "flights", LATER, table=LABELS)
    assert waiting_labels(of(logs, park=8 * DAY + MINUTE), T0) == lines
    write(logs, [nowhere], [], start=2)
    assert [line.key for line in waiting_labels(of(logs), T0) if line.key] == ["nobody"]
    assert nowhere.id not in {line.id for line in waiting_labels(of(logs), T0)}
    assert window(logs, "flights", T0, T0 + 60 * MINUTE, as_of=LATER)[0].labelled == 2


def test_what_was_told_of_a_prediction_that_was_deleted_since_is_said_to_be_that(logs: Logs) -> None:
    asked = make_prediction(1)
    write(logs, [asked, make_prediction(5 * 24 * 60)], [make_label(3 * 24 * 60, prediction_id=asked.id)])
    seal(logs.predictions, "flights", LATER)
    seal(logs.labels, "flights", LATER, table=LABELS)
    prune(logs, PruneOrder(project="flights", before=T0 + 2 * DAY, keep="7d", actor="ann", at=LATER))
    assert told(waiting_labels(of(logs), T0)) == [("1", 0, "deleted")]


def test_what_is_no_id_has_no_labels(logs: Logs) -> None:
    assert labels_of_id(of(logs), "7") == ()


def test_only_the_days_that_the_ids_name_are_opened(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [make_prediction(at * 24 * 60) for at in range(8)]
    write(
        logs,
        asked,
        [make_label(7 * 24 * 60 + 1, prediction_id=asked[2].id), make_label(8 * 24 * 60, prediction_id=asked[5].id)],
    )
    seal(logs.predictions, "flights", LATER)
    opened: list[str] = []
    real = label_lines.load

    def watched(spans: Any, *more: Any) -> Any:
        from millwright.predictions.sealed import files_of

        for span in spans:
            files = files_of(span.root, span.project, span.since, span.until, span.only)
            opened.extend(path.parent.name for path in files.sealed)
        return real(spans, *more)

    monkeypatch.setattr(label_lines, "load", watched)
    assert waiting_labels(of(logs), LATER - 2 * DAY) == ()
    assert set(opened) == {"day=2013-06-03", "day=2013-06-06", "day=2013-06-08"}, "and the newest, for labels by key"
