"""What a rollout looks like: its stages, its tests, and what may be done, with the reason where something may not."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from millwright.loop.undoing import UNDO_FOR, Undo, undo_of
from millwright.project import Project
from millwright.records.people import Role, role_rank
from millwright.records.record import record
from millwright.records.release import Release, Version
from millwright.records.watching import Trying
from millwright.registry import releases, versions, watched
from millwright.registry.challengers import stage_begun
from millwright.registry.way_back import way_back
from millwright.spec.durations import parse_duration

StageName = Literal["shadow", "canary", "live"]
ActionName = Literal["promote", "promote_fully", "pause", "resume", "abort", "rollback", "undo"]


@record
class StageStep:
    """One stage on the way that the spec gives. share: of the keys. lasts: as the spec says; 0s: it is left out. ends_at: when
    its time is over, where it goes on now."""

    stage: StageName
    share: float
    lasts: str
    state: Literal["done", "now", "next", "left_out"]
    began_at: datetime | None = None
    ends_at: datetime | None = None


@record
class RolloutAction:
    """Something that may be done. why_not: why it may not, now and by you; empty where it may. command: the same for a shell.
    confirm: what a person has to write to confirm it; empty where nothing."""

    name: ActionName
    allowed: bool
    why_not: str
    needs: Role
    command: str
    confirm: str


@record
class Rollout:
    """What is live and what is tried beside it. expected: the number of the newest release: send it as If-Match with an action,
    and it is refused where somebody was faster. tried: as the newest look saw it, at looked_at."""

    project: str
    release: Release | None
    live: Version | None
    live_since: datetime | None
    challenger: Version | None
    stages: tuple[StageStep, ...]
    min_rows: int
    deadline: str
    harm_alpha: float
    tried: Trying | None
    looked_at: datetime | None
    back_to: tuple[Version, ...]
    actions: tuple[RolloutAction, ...]
    undo: Undo | None
    undo_for_s: float
    approvals: int
    expected: int


def rollout_of(here: Project, role: Role | None) -> Rollout:
    """The rollout of a project as somebody of that role sees it."""
    name, spec = here.spec.project, here.spec
    now = here.workshop.clock.now()
    with here.workshop.catalogue.read() as view:
        release = releases.current(view, name)
        live = versions.numbered(view, name, release.version) if release else None
        tried = versions.numbered(view, name, release.challenger) if release and release.challenger else None
        begun = stage_begun(view, release) if release and tried else None
        since = releases.since(view, name, release.version) if release else None
        look = watched.newest(view, name)
        back = _back_to(view, name, release)
        undo = undo_of(view, name, now)
    seen = look.trying if look and tried and look.trying and look.trying.version == tried.number else None
    return Rollout(
        project=name,
        release=release,
        live=live,
        live_since=since.event_at if since else None,
        challenger=tried,
        stages=tuple(_stages(here, release, begun)),
        min_rows=spec.release.min_rows,
        deadline=spec.release.deadline,
        harm_alpha=spec.release.harm_alpha,
        tried=seen,
        looked_at=look.window.known_at if look and seen else None,
        back_to=back,
        actions=tuple(_actions(release, tried, back, undo, role)),
        undo=undo,
        undo_for_s=UNDO_FOR.total_seconds(),
        approvals=getattr(spec.release, "approvals", 1),
        expected=release.number if release else 0,
    )


def _back_to(view: Connection, project: str, release: Release | None) -> tuple[Version, ...]:
    past = way_back(view, project, release.number, 20) if release else ()
    return tuple(versions.numbered(view, project, one.version) for one in past)


def _stages(here: Project, release: Release | None, begun: datetime | None) -> list[StageStep]:
    spec, stage = here.spec.release, release.stage if release else None
    share = release.share if release and release.share else spec.canary_share
    found = []
    names: tuple[StageName, ...] = ("shadow", "canary", "live")
    at = names.index(stage) if stage else None
    for place, name in enumerate(names):
        lasts = {"shadow": spec.shadow, "canary": spec.canary, "live": ""}[name]
        ends = begun + parse_duration(lasts) if begun and at == place and lasts else None
        state: Literal["done", "now", "next", "left_out"] = "next"
        if at is not None and place <= at:
            state = "now" if place == at else "done"
        elif lasts and parse_duration(lasts) == timedelta(0):
            state = "left_out"
        found.append(
            StageStep(
                stage=name,
                share={"shadow": 0.0, "canary": share, "live": 1.0}[name],
                lasts=lasts,
                state=state,
                began_at=begun if at == place else None,
                ends_at=ends,
            )
        )
    return found


def _actions(
    release: Release | None, tried: Version | None, back: tuple[Version, ...], undo: Undo | None, role: Role | None
) -> list[RolloutAction]:
    nothing = "" if tried else "nothing is being tried"
    paused = release.paused if release else None
    name = tried.name if tried else "VERSION"
    target = back[0].name if back else ""
    unfit = f"its verdict is {tried.verdict}" if tried and tried.verdict != "passed" else ""
    known: list[tuple[ActionName, str, Role, str, str]] = [
        ("promote", nothing or unfit, "approver", f"mw promote {name} --to next", name if tried else ""),
        ("promote_fully", nothing or unfit, "approver", f"mw promote {name}", name if tried else ""),
        ("pause", nothing or ("it is paused already" if paused else ""), "approver", "mw pause", ""),
        ("resume", nothing or ("" if paused else "it is not paused"), "approver", "mw resume", ""),
        ("abort", nothing, "approver", "mw abort", ""),
        (
            "rollback",
            "" if target else "there is no version to go back to",
            "approver",
            f"mw rollback {target}".strip(),
            target,
        ),
        (
            "undo",
            "" if undo else "nothing was done in the last minutes that could be undone",
            "approver",
            undo.command if undo else "",
            "",
        ),
    ]
    return [_action(*one, role) for one in known]


def _action(name: ActionName, why_not: str, needs: Role, command: str, confirm: str, role: Role | None) -> RolloutAction:
    lesser = "" if role_rank(role) >= role_rank(needs) else f"you are {role or 'nothing here'}, and it needs the role {needs}"
    why = lesser or why_not
    return RolloutAction(name=name, allowed=not why, why_not=why, needs=needs, command=command, confirm=confirm)
