"""How often somebody may try keys that are none."""

from dataclasses import dataclass

BURST = 50.0
A_SECOND = 10.0


@dataclass(slots=True)
class Attempts:
    """A token bucket: `BURST` failures at once, then `A_SECOND`. Good keys never come here, so none is locked out."""

    left: float = BURST
    at: float = 0.0

    def take(self, now: float) -> bool:
        """Whether one more failure may be told as such at `now`, in seconds."""
        self.left = min(BURST, self.left + max(0.0, now - self.at) * A_SECOND)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True
