"""From a command's context to the project it speaks of."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from millwright.app import SPEC_FILE, Settings, find_spec, read_settings
from millwright.errors import NotFound
from millwright.stores.durable import arm

if TYPE_CHECKING:
    from millwright.project import Project


def settings() -> Settings:
    """The process's settings; arms fail points where a test asked for them."""
    read = read_settings(os.environ)
    if read.fail_points:
        arm(read.fail_points)
    return read


def spec_path(chosen: dict[str, Any]) -> Path:
    """Where the spec is or would be: -C and -f taken into account."""
    try:
        return (Path(chosen["folder"]) / (chosen["spec_file"] or SPEC_FILE)).absolute()
    except FileNotFoundError as error:
        raise NotFound("the folder this was called in is gone", fix="change to another one", code="folder.missing") from error


def project(chosen: dict[str, Any]) -> "Project":
    """The project of this folder. Raises NotFound where there is no spec."""
    from millwright.project import Project

    return Project(find_spec(spec_path(chosen)), settings=settings())
