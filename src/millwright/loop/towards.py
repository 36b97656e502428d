"""How far a version is to go: unseen, for a share of the keys, live, or one step further on the way that the spec gives."""

import re

from millwright.errors import Conflict, MillwrightError, nearest
from millwright.loop.outcomes import ReleaseReport
from millwright.loop.releasing import promote, try_out
from millwright.loop.two_people import ask_second
from millwright.loop.workshop import Workshop
from millwright.records.release import Release
from millwright.records.spec import ReleaseSpec
from millwright.registry import archived, releases, versions
from millwright.spec.durations import parse_duration

LIVE, SHADOW, CANARY, NEXT = "live", "shadow", "canary", "next"
WORDS = (SHADOW, CANARY, NEXT, LIVE)
_PERCENT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?%")
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def go_towards(shop: Workshop, name: str, to: str, *, reason: str, force: bool = False) -> ReleaseReport:
    """Let a version go as far as `to` says: shadow, a percentage such as 2.5%, canary (the share of the spec), live, or next.

    Raises as `promote` and `try_out` do; MillwrightError (release.share) where `to` says nothing of these; SecondPersonNeeded
    where the spec wants two people to agree, and what was asked for waits for the second.
    """
    share = share_of(_step(shop, name) if to == NEXT else to, shop.spec.release)
    if shop.spec.release.approvals > 1:
        _ask_second(shop, name, share, reason=reason, force=force)
    if share is None:
        return promote(shop, name, reason=reason, force=force)
    return try_out(shop, name, share, reason=reason, force=force)


def _ask_second(shop: Workshop, name: str, share: float | None, *, reason: str, force: bool) -> None:
    with shop.catalogue.read() as view:
        version = versions.get(view, shop.project, name)
        archived.refuse(view, version)
        if not force:
            releases.refuse_unproven(version, forced=False)
    ask_second(shop, version, share, reason=reason, force=force)


def share_of(to: str, spec: ReleaseSpec) -> float | None:
    """The share of the keys that a step stands for: 0 in shadow, None for live. Raises MillwrightError (release.share)."""
    words = {SHADOW: 0.0, CANARY: spec.canary_share, LIVE: None}
    if to in words:
        return words[to]
    percent = _PERCENT.fullmatch(to)
    if percent is None:
        raise _no_step(to)
    share = float(percent[1]) / 100
    if not 0 < share < 1:
        instead = {0.0: "write shadow: it answers unseen", 1.0: "write live"}
        raise _refused(f"{to} is no share of a canary", instead.get(share, "it is more than 0% and less than 100%"))
    return share


def _step(shop: Workshop, name: str) -> str:
    """The next step of a version on the way that the spec gives: shadow, canary, live; those of no length are left out."""
    with shop.catalogue.read() as view:
        version = versions.get(view, shop.project, name)
        now = releases.current(view, shop.project)
    if now is not None and now.version == version.number:
        raise Conflict(f"{version.name} is live: there is no next step", fix="see `mw status`", code="release.already_live")
    at = 0 if now is None else _steps_taken(now, version.number)
    spec = shop.spec.release
    lasting = ((SHADOW, spec.shadow), (CANARY, spec.canary))[at:] if now is not None else ()
    return next((step for step, lasts in lasting if parse_duration(lasts)), LIVE)


def _steps_taken(now: Release, version: int) -> int:
    if now.challenger != version:
        return 0
    return 1 if now.stage == "shadow" else 2


def _no_step(to: str) -> MillwrightError:
    if _NUMBER.fullmatch(to):
        number = float(to)
        percent = f"{100 * number:.4g}%" if number < 1 else f"{to}%"
        return _refused(f"'{to}' has no unit", f"write {percent} if you mean that")
    guess = nearest(to, WORDS)
    return _refused(f"{to!a} is no step of a release", guess or "shadow, a share such as 10%, canary, next or live")


def _refused(what: str, fix: str) -> MillwrightError:
    return MillwrightError(what, where="--to", fix=fix, code="release.share")
