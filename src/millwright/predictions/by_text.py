"""What was made of texts lately: of mostly the same rows a look asks several times, and the next look again."""

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Any


class ByText:
    """What is made of a text depends on nothing else, so it is made once. At most `most` are kept. Any thread may ask."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: dict[str, Any] = {}
        self._lock = Lock()

    def of(self, texts: Sequence[str], make: Callable[[list[str]], Iterable[Any]]) -> list[Any]:
        """One thing for each text. make: what is made of those that are new, all at once. More texts than are kept are made
        anew, and not kept."""
        if len(texts) > self._most:
            return list(make(list(texts)))
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._made]
            if len(self._made) + len(new) > self._most:
                self._made = {text: self._made[text] for text in texts if text in self._made}
            if new:
                self._made.update(zip(new, make(new), strict=True))
            return [self._made[text] for text in texts]
