"""Just enough of Docker to check a Dockerfile and to lay its files out: instructions, COPY, .dockerignore."""

import json
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Dockerfile:
    """The instructions of a build context's Dockerfile, in order."""

    context: Path
    instructions: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, context: Path) -> "Dockerfile":
        text = (context / "Dockerfile").read_text()
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        joined = "\n".join(lines).replace("\\\n", " ").splitlines()
        return cls(context, tuple((line.split()[0], line.partition(" ")[2].strip()) for line in joined))

    def all(self, word: str) -> list[str]:
        return [value for name, value in self.instructions if name == word]

    def one(self, word: str) -> str:
        (value,) = self.all(word)
        return value

    def command(self) -> list[str]:
        return [*json.loads(self.one("ENTRYPOINT")), *json.loads(self.one("CMD"))]

    def environment(self) -> dict[str, str]:
        return dict(pair.split("=", 1) for value in self.all("ENV") for pair in shlex.split(value))

    def copies(self) -> list[tuple[list[Path], str]]:
        """The sources of each COPY, which must be there and not be ignored, and the target."""
        found = []
        for value in self.all("COPY"):
            *sources, target = shlex.split(value)
            assert len(sources) == 1 or target.endswith("/"), value
            assert all(self._is_sent(source) for source in sources), value
            found.append(([self.context / source for source in sources], target))
        return found

    def _is_sent(self, source: str) -> bool:
        rules = [line for line in (self.context / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
        assert rules[0] == "*"
        return f"!{source.rstrip('/')}" in rules[1:] and (self.context / source).exists()

    def lay_out(self, root: Path) -> None:
        """Copy as COPY does: the content of a folder, a file under its name."""
        for sources, target in self.copies():
            place = root / target.lstrip("/")
            place.mkdir(parents=True, exist_ok=True)
            for source in sources:
                if source.is_dir():
                    shutil.copytree(source, place, dirs_exist_ok=True)
                else:
                    shutil.copy(source, place)
