"""What a check of meaning finds."""

from dataclasses import dataclass

from millwright.spec.document import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """A setting that has the right type and the wrong meaning. `also` names the other settings that the check looked at."""

    path: Path
    message: str
    fix: str = ""
    also: tuple[Path, ...] = ()

    def rests_on(self, faulty: set[Path]) -> bool:
        """Whether a setting that the check looked at could not be read, so that what it says may be untrue."""
        looked_at = (self.path, *self.also)
        return any(path[:n] in faulty for path in looked_at for n in range(len(path) + 1))
