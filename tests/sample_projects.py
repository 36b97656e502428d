"""Projects on copies of the real samples."""

import shutil
from dataclasses import replace
from pathlib import Path

from millwright.loop.propose import Choices
from millwright.project import Project
from millwright.records.spec import Spec
from millwright.spec.write import write_spec

SAMPLES = Path(__file__).parent / "data" / "samples"
QUICK = {"budget": "60s", "families": ("baseline", "linear", "lightgbm"), "ensemble": 1, "trials": 14, "generate": False}


def begin(folder: Path, sample: str, target: str, choices: Choices | None = None, **search: object) -> Project:
    """A project on a copy of a sample, with a search that is over in seconds and takes the same course each time."""
    shutil.copy(SAMPLES / sample, folder / sample)
    project = Project.init(sample, target, at=folder / "millwright.yaml", choices=choices or Choices())
    return respecify(
        project, search=replace(project.spec.search, **{**QUICK, **search}), split=replace(project.spec.split, folds=3)
    )


def respecify(project: Project, **changes: object) -> Project:
    """The same project with other sections in its spec."""
    spec: Spec = replace(project.spec, **changes)  # type: ignore[arg-type]
    project.path.write_text(write_spec(spec, {}))
    return Project(project.path)
