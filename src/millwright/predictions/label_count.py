"""How many labels became known in a time: what a retrain could learn that was not known before."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from millwright.predictions.load import Span, load
from millwright.predictions.tables import LABELS, plain_words
from millwright.predictions.window import Logs

_COUNTED = """
create temp table counted as select count(distinct coalesce(prediction_id, key)) as told
from labels where known_at > $after and known_at <= $until
"""


def labels_told(logs: Logs, project: str, after: datetime, until: datetime) -> int:
    """Distinct predictions whose label became known after `after` and by `until`. Raises Unavailable for damaged files."""
    values = {"after": after.astimezone(UTC).replace(tzinfo=None), "until": until.astimezone(UTC).replace(tzinfo=None)}
    span = Span(table=LABELS, root=logs.labels, project=project, since=after, until=until)
    with (
        tempfile.TemporaryDirectory(prefix="millwright-labels-") as scratch,
        plain_words(logs.labels.parent),
        load([span], Path(scratch), lambda connection: connection.execute(_COUNTED, values)) as connection,
    ):
        found = connection.execute("select told from counted").fetchall()
    return int(found[0][0])
