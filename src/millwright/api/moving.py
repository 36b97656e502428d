"""Carrying out what somebody asks of a rollout: reason and confirmation first, then the same verbs as the command line."""

from collections.abc import Callable
from typing import Literal

from millwright.errors import Conflict, MillwrightError, PackageRefused, Unavailable
from millwright.loop.outcomes import ReleaseReport
from millwright.loop.taking_up import wait_taken_up
from millwright.loop.two_people import SecondPersonNeeded
from millwright.loop.undoing import undo
from millwright.project import Project
from millwright.records.deciding import Decision
from millwright.records.record import record
from millwright.records.release import Release
from millwright.registry import releases, versions

Verb = Literal["promote", "pause", "resume", "abort", "rollback", "undo"]
_CONFIRMED = ("promote", "rollback")


class Changed(Conflict):
    """Somebody was faster: what the asker saw is not so any more."""

    code, status = "release.changed", 412


class Unsaid(MillwrightError):
    """Something that has to be said was not."""

    code, status = "reason.missing", 422


@record
class Wish:
    """What somebody asks for. expected: the number of the release that they saw; empty: whatever there is."""

    action: Verb
    version: str
    reason: str = ""
    confirm: str = ""
    to: str = "next"
    hold: bool = False
    force: bool = False
    dry_run: bool = False
    expected: str = ""
    wait_s: float = 10.0


@record
class Moved:
    """What was done. served: whether the running server answers so by now; null where none runs; late: why it is not known.
    waits: the decision that a second person has to approve; then nothing was done yet."""

    release: Release | None
    before: int | None
    sentence: str
    dry_run: bool
    served: bool | None
    late: str
    waits: Decision | None


def move(here: Project, wish: Wish) -> Moved:
    """Do it. Raises as the verb does; Unsaid without a reason or with another confirmation, Changed where somebody was
    faster."""
    if not wish.reason.strip():
        raise Unsaid("say why: it is kept for whoever asks later", where="reason", fix="write a reason")
    _refuse_changed(here, wish)
    version = _meant(here, wish)
    if wish.action in _CONFIRMED and not wish.dry_run and wish.confirm.strip() != version:
        what = f"write {version} to confirm" if version else "there is nothing to confirm"
        raise Unsaid(what, where="confirm", fix="send the name of the version as `confirm`", code="confirm.wrong")
    acting = here.rehearsing_as() if wish.dry_run else here
    try:
        report = _do(acting, wish, version)
    except SecondPersonNeeded as error:
        return _waiting(error)
    served, late = (None, "") if wish.dry_run else _served(here, report, wish.wait_s)
    return Moved(
        release=report.release,
        before=report.before,
        sentence=report.sentence,
        dry_run=wish.dry_run,
        served=served,
        late=late,
        waits=None,
    )


def _do(here: Project, wish: Wish, version: str) -> ReleaseReport:
    reason = wish.reason.strip()
    verbs: dict[Verb, Callable[[], ReleaseReport]] = {
        "promote": lambda: here.promote(version, to=wish.to, reason=reason, force=wish.force),
        "pause": lambda: here.pause(hold=wish.hold, reason=reason),
        "resume": lambda: here.resume(reason=reason),
        "abort": lambda: here.abort(reason=reason),
        "rollback": lambda: here.rollback(version or None, reason=reason),
        "undo": lambda: undo(here.workshop, int(wish.expected) if wish.expected else None, reason=reason),
    }
    return verbs[wish.action]()


def _meant(here: Project, wish: Wish) -> str:
    """The version that is asked about, by its own name."""
    if wish.action not in _CONFIRMED:
        return ""
    with here.workshop.catalogue.read() as view:
        if wish.version:
            return versions.get(view, here.spec.project, wish.version).name
        if wish.action == "rollback":
            return releases.previous(view, here.spec.project).name
        now = releases.current(view, here.spec.project)
    if now is None or now.challenger is None:
        raise Conflict("nothing is being tried", fix="name a version to promote", code="release.no_challenger")
    return f"v{now.challenger}"


def _refuse_changed(here: Project, wish: Wish) -> None:
    expected = wish.expected.strip().removeprefix("W/").strip('"')
    if not expected:
        return
    with here.workshop.catalogue.read() as view:
        now = releases.current(view, here.spec.project)
    number = now.number if now else 0
    if not (expected.isascii() and expected.isdigit()) or int(expected) != number:
        what = f"release {number} is the newest, and you saw {expected[:40]}"
        raise Changed(what, where="If-Match", fix="look again, and decide on what is there now")


def _served(here: Project, report: ReleaseReport, seconds: float) -> tuple[bool | None, str]:
    """Whether the running server answers so; a refusal of its own is an error, silence is told."""
    if seconds <= 0:
        return None, "not waited for"
    try:
        taken = wait_taken_up(here.workshop.home, report.release, seconds)
    except Unavailable as error:
        return False, str(error)
    except PackageRefused as error:
        raise PackageRefused(
            f"the server refuses it: {error.what}", where=error.where, fix="roll back", code=error.code
        ) from error
    return (None if taken is None else True), ""


def _waiting(error: SecondPersonNeeded) -> Moved:
    return Moved(
        release=None, before=None, sentence=error.what, dry_run=False, served=None, late="", waits=error.decision
    )  # fmt: skip
