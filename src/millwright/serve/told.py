"""What was told lately: so that a label that contradicts an earlier one is said to do so where that is known at once.

The memory is bounded and of this process. What it forgot, and labels by key without the same time, are found when the log
is read: there nothing is missed.
"""

from collections.abc import Iterable

from millwright.records.traffic import Label, Outcome

REMEMBERED = 50_000


class Told:
    """The newest value told of each of the last labels, between `remembered` and twice as many of them."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._newer: dict[int, Outcome] = {}
        self._older: dict[int, Outcome] = {}

    def contradicted(self, labels: Iterable[Label]) -> list[bool]:
        """For each label, in order: whether another value was told before of the same prediction, or of its key and time."""
        return [self._contradicted(label) for label in labels]

    def _contradicted(self, label: Label) -> bool:
        about = label.prediction_id or (label.key, label.event_at)
        subject = hash((label.project, about))
        before = self._newer.get(subject, self._older.get(subject))
        self._newer[subject] = label.value
        if len(self._newer) >= self._remembered:
            self._newer, self._older = {}, self._newer
        return before is not None and before != label.value
