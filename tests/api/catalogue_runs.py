from datetime import datetime

from millwright.records.running import Run


def run_of(name: str, project: str, at: datetime) -> Run:
    return Run(
        id=name, project=project, spec="s" * 64, state="running", as_of=at, started_at=at, finished_at=None, reason="",
        version=None, actor="ada",
    )  # fmt: skip
