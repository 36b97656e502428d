"""What a server says of itself: whether it answers, with which releases, and what it refused."""

from typing import Any

from millwright.serve.plane import Plane
from millwright.serve.slot import Rival, Slot


def readiness(plane: Plane) -> dict[str, Any]:
    """Whether this server answers, for which projects with what, and which releases and challengers it refused and why.

    looked_at: the number of each project's newest release that was taken up or refused.
    """
    live = plane.slots.all()
    return {
        "ready": bool(live) and not plane.draining.is_set(),
        "default": plane.slots.default,
        "projects": {name: _slot_state(slot) for name, slot in live.items()},
        "refused": dict(plane.refused_releases),
        "looked_at": dict(plane.looked_at),
    }


def _slot_state(slot: Slot) -> dict[str, Any]:
    challenger = _rival_state(slot.challenger) if slot.challenger else None
    stands_in = {} if slot.instead_of is None else {"instead_of": f"v{slot.instead_of}"}
    return {**_named(slot), "release": slot.release, "challenger": challenger, **stands_in}


def _rival_state(rival: Rival) -> dict[str, Any]:
    return {**_named(rival), "share": rival.share, "stage": "canary" if rival.share else "shadow"}


def _named(part: Slot | Rival) -> dict[str, Any]:
    return {"version": f"v{part.version}", "payload": part.payload_digest}
