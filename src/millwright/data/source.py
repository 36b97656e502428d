"""Where rows come from: files copied into a folder of our own before anything reads them."""

import glob
import os
import shutil
import stat
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal, Protocol

from millwright.errors import DataRefused, nearest
from millwright.stores.durable import make_folder, unavailable

GROUP = "millwright.sources"
Format = Literal["csv", "parquet"]
_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".csv.gz": "csv",
    ".tsv.gz": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}


class Source(Protocol):
    """Rows from somewhere, as files. A plug-in is a class called with (location, base) that has this method."""

    def fetch(self, into: Path) -> tuple[Path, ...]:
        """Copy the rows into the folder `into` as CSV or Parquet files, in a stable order. Raises DataRefused."""


def open_source(location: str, base: Path) -> Source:
    """The source that `location` names: `scheme://…` is a plug-in of the group millwright.sources, all else files."""
    scheme, separator, rest = location.partition("://")
    if not separator:
        return FileSource(location, base)
    doors = {point.name: point for point in entry_points(group=GROUP)}
    if scheme not in doors:
        fix = nearest(scheme, doors) or f"known: {', '.join(sorted(doors))}"
        raise DataRefused(f'no source is called "{scheme}"', where=location, fix=fix, code="data.source")
    opened: Source = doors[scheme].load()(rest, base)
    return opened


@dataclass(frozen=True, slots=True)
class FileSource:
    """A CSV or Parquet file, a folder of them, or a glob; relative to `base`."""

    pattern: str
    base: Path

    def fetch(self, into: Path) -> tuple[Path, ...]:
        root, files = self._found()
        for file in files:
            _refuse_unwritable_name(file)
        formats = {format_of(file) for file in files}
        if len(formats) > 1:
            raise _refused("CSV and Parquet files are mixed", self.pattern, "name one kind, for example *.parquet")
        return tuple(_copy(file, into / file.relative_to(root)) for file in files)

    def _found(self) -> tuple[Path, list[Path]]:
        path = self.base / self.pattern
        if path.is_dir():
            return path, self._some(sorted(file for file in path.rglob("*") if _is_table(file, path)))
        if os.path.lexists(path):
            return path.parent, [_regular(path)]
        if glob.has_magic(self.pattern):
            found = sorted(Path(name) for name in glob.glob(str(path), recursive=True))
            files = self._some([file for file in found if not file.is_dir()])
            return Path(os.path.commonpath([file.parent for file in files])), [_regular(file) for file in files]
        raise _refused("there is no such file", self.pattern, _similar(path), code="data.missing")

    def _some(self, files: list[Path]) -> list[Path]:
        if not files:
            raise _refused("no CSV or Parquet file is there", self.pattern, "check data.source", code="data.missing")
        return files


def _refuse_unwritable_name(file: Path) -> None:
    """A name that is not UTF-8 cannot be handed to DuckDB."""
    try:
        str(file).encode()
    except UnicodeEncodeError as error:
        raise _refused("the file's name is not UTF-8", ascii(file.name), "rename the file") from error


def format_of(path: Path) -> Format:
    """Whether a file is CSV or Parquet: by its name, else by its first bytes. Raises DataRefused."""
    try:
        with open(_regular(path), "rb") as file:
            magic = file.read(4)
    except PermissionError as error:
        raise _refused("the file may not be read", str(path), "check its permissions") from error
    return _by_name(path) or ("parquet" if magic == b"PAR1" else "csv")


def _by_name(path: Path) -> Format | None:
    name = path.name.lower()
    return next((form for suffix, form in _FORMATS.items() if name.endswith(suffix)), None)


def _is_table(file: Path, root: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in file.relative_to(root).parts)
    return not hidden and _by_name(file) is not None and not file.is_dir()


def _regular(path: Path) -> Path:
    """`path`, if it is a plain file: opening a pipe or a device could wait for ever."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise _refused(f"cannot be opened: {error.strerror}", str(path), "check data.source") from error
    if not stat.S_ISREG(mode):
        raise _refused("is not a plain file", str(path), "name a CSV or Parquet file")
    return path


def _copy(source: Path, target: Path) -> Path:
    before = _regular(source).stat()
    make_folder(target.parent)
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise unavailable(error, source if isinstance(error, PermissionError) else target) from error
    after = source.stat()
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    if not same or target.stat().st_size != before.st_size:
        fix = "run again when it is complete"
        raise _refused("the file changed while it was copied", str(source), fix, code="data.changed")
    return target


def _similar(path: Path) -> str:
    names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    return nearest(path.name, names) or "check data.source"


def _refused(what: str, where: str, fix: str, code: str = "data.source") -> DataRefused:
    return DataRefused(what, where=where, fix=fix, code=code)
