"""A wheel of the Millwright that runs here, made of its own files: what packed and proved a version is what serves it."""

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import millwright
from millwright.errors import NotFound, Unavailable
from millwright.package.environment import ROOT

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The same files give the same bytes."""
_WHEEL = "Wheel-Version: 1.0\nGenerator: millwright\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_NEEDED = "millwright/serve/container.py"


def wheel(given: Path | None) -> tuple[str, bytes]:
    """The name and bytes of a wheel: the given one, or one of this Millwright. Raises NotFound, Unavailable."""
    if given is None:
        return f"{ROOT}-{millwright.__version__}-py3-none-any.whl", _packed()
    try:
        content = given.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as found:
            served = _NEEDED in found.namelist()
    except (OSError, zipfile.BadZipFile) as error:
        raise NotFound(f"no wheel can be read: {error}", where=str(given), fix="check --wheel", code="export.wheel") from error
    if not served or not re.fullmatch(r"millwright-[A-Za-z0-9_.+!]+-[A-Za-z0-9_.-]+\.whl", given.name):
        raise NotFound("this is no wheel of a Millwright that can serve in a container", where=str(given), code="export.wheel")
    return given.name, content


def _packed() -> bytes:
    files = {**_code(), **_metadata()}
    info = f"{ROOT}-{millwright.__version__}.dist-info"
    lines = [f"{path},sha256={_digest(content)},{len(content)}" for path, content in sorted(files.items())]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _LONG_AGO)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _code() -> Mapping[str, bytes]:
    root = Path(millwright.__file__).parent
    found = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"{ROOT}/{path.relative_to(root).as_posix()}": path.read_bytes() for path in found}


def _metadata() -> Mapping[str, bytes]:
    info = f"{ROOT}-{millwright.__version__}.dist-info"
    try:
        installed = distribution(ROOT)
    except PackageNotFoundError as error:
        fix = "name a wheel with --wheel"
        raise Unavailable(
            "this Millwright is not installed, so no wheel can be made of it", fix=fix, code="export.wheel"
        ) from error
    text = re.sub(r"(?m)^Version: .*$", f"Version: {millwright.__version__}", installed.read_text("METADATA") or "", count=1)
    entries = installed.read_text("entry_points.txt") or ""
    return {f"{info}/METADATA": text.encode(), f"{info}/WHEEL": _WHEEL.encode(), f"{info}/entry_points.txt": entries.encode()}


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
