"""Questions to the label log: every version of what was told of a prediction or a key, and what waits for its prediction."""

from collections.abc import Callable
from datetime import datetime, timedelta

from millwright.errors import MillwrightError
from millwright.loop.side_by_side import hidden_names
from millwright.loop.workshop import Workshop
from millwright.predictions.ids import parse_id
from millwright.predictions.label_history import labels_of_id, labels_of_key, waiting_labels
from millwright.predictions.label_lines import LabelLine, Labels
from millwright.predictions.pruned import pruned_before
from millwright.predictions.redact import hash_value
from millwright.predictions.window import Logs
from millwright.records.record import record
from millwright.spec.durations import parse_duration


@record
class LabelPage:
    """Labels, the oldest first, at most so many as were asked for, the newest of them.

    found: how many there are. parked, given_up: how many of all found wait for their prediction, or did so for too long.
    begins: where the log begins, if that is after the start of the time asked about, since what was older was deleted.
    """

    found: int
    parked: int
    given_up: int
    park: str
    rows: tuple[LabelLine, ...]
    begins: datetime | None = None


def told_of_id(shop: Workshop, prediction_id: str, limit: int) -> LabelPage:
    """Every label of one prediction. Raises MillwrightError (label.id) for what is no id, Unavailable."""
    parts = parse_id(prediction_id)
    if parts is None:
        fix = "take one from `mw log predictions`"
        raise MillwrightError(f"'{prediction_id[:80]}' is no prediction id", where="--id", fix=fix, code="label.id")
    return _page(shop, parts.at, limit, lambda asked: labels_of_id(asked, prediction_id))


def told_of_key(shop: Workshop, key: str, since: timedelta, limit: int) -> LabelPage:
    """Every label of the predictions of a key since then. key: as the log has it, or as it was before it was hidden."""
    start = shop.clock.now() - since
    written = hash_value(key) if hidden_names(shop).intersection(shop.spec.data.key) else key
    return _page(shop, start, limit, lambda asked: labels_of_key(asked, key, start) or labels_of_key(asked, written, start))


def waiting(shop: Workshop, since: timedelta, limit: int) -> LabelPage:
    """Labels that became known since then and whose prediction is not in the log."""
    start = shop.clock.now() - since
    return _page(shop, start, limit, lambda asked: waiting_labels(asked, start))


def _page(shop: Workshop, start: datetime, limit: int, ask: Callable[[Labels], tuple[LabelLine, ...]]) -> LabelPage:
    logs, park = Logs.of(shop.home.root), shop.spec.labels.park
    lines = ask(Labels(logs=logs, project=shop.project, as_of=shop.clock.now(), park=parse_duration(park)))
    begins = pruned_before(logs.predictions, shop.project)
    return LabelPage(
        found=len(lines),
        parked=sum(line.state == "parked" for line in lines),
        given_up=sum(line.state == "given_up" for line in lines),
        park=park,
        rows=lines[max(len(lines) - limit, 0) :],
        begins=begins if begins is not None and begins > start else None,
    )
