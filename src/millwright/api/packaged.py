"""A signed package as one file to take away: what is in it can be verified wherever it is unpacked."""

import io
import zipfile
from pathlib import Path

from millwright.errors import PackageRefused
from millwright.package.layout import MANIFEST, MAX_MANIFEST, MAX_SIGNATURE, SIGNATURE
from millwright.package.tree import read_file
from millwright.package.verify import Verified

_WHEN = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can say: the same package is the same file."""


def zipped(packages: Path, verified: Verified | None, refused: str) -> bytes:
    """The files of a verified package, its manifest and its signature, in a folder named after its digest.

    Raises PackageRefused where it did not verify.
    """
    if verified is None:
        raise PackageRefused(refused, fix="restore it from a backup, or revoke the version")
    folder, into = packages / verified.digest, io.BytesIO()
    sealed = {MANIFEST: read_file(folder, MANIFEST, MAX_MANIFEST), SIGNATURE: read_file(folder, SIGNATURE, MAX_SIGNATURE)}
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as file:
        for path, content in sorted({**verified.files, **sealed}.items()):
            file.writestr(zipfile.ZipInfo(f"{verified.digest}/{path}", _WHEN), content, zipfile.ZIP_DEFLATED)
    return into.getvalue()
