"""Taking a release up: from a verified state to what answers, by one reference that holds the live payload and its challenger.

What is revoked stops answering: the newest version on the way back that verifies takes its place, or nothing does. The same
holds where a server starts with a release that it has to refuse. Whatever else fails, what answers goes on.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from millwright.errors import MillwrightError, PackageRefused
from millwright.package.keys import REVOKED_CODES, Trust
from millwright.package.open import Payload
from millwright.records.release import Challenger, Past, ReleaseState
from millwright.serve.loading import Payloads
from millwright.serve.newest import refuse_older, remember_newest
from millwright.serve.plane import Plane
from millwright.serve.settings import ServeSettings, read_settings
from millwright.serve.slot import Rival, Slot


@dataclass(frozen=True, slots=True)
class _Answering:
    """The packages that answer for a project."""

    live: str
    challenger: str | None


class Taking:
    """Puts what releases name into the slots of a plane."""

    def __init__(self, home: Path, trust: Trust, plane: Plane) -> None:
        self._home, self._plane = home, plane
        self._payloads = Payloads(home, trust)
        self._known: dict[str, ReleaseState] = {}
        self._answering: dict[str, _Answering] = {}

    def take(self, state: ReleaseState) -> None:
        """Take a release up. A challenger that has to be loaded first is not waited for: the live payload goes ahead alone.

        Raises MillwrightError where the release is refused; `make_do` then sees to what answers.
        """
        refuse_older(self._home, state)
        self._known[state.project] = state
        settings = read_settings(self._home, state.project)
        payload = self._payload(state.project, state)
        remember_newest(self._home, state.project, state.number)
        if state.challenger is not None and not self._payloads.holds(state.challenger.package):
            self._put(state, settings, payload, None)
        self._put(state, settings, payload, self._rival(state))
        self._note_revoked(state.project)

    def make_do(self, project: str, error: MillwrightError) -> None:
        """After a refusal: what answers goes on unless it was revoked; then, and where nothing answers, the way back."""
        self._note_revoked(project)  # before another answers: it is then refused by name as revoked, not as absent
        answering = self._answering.get(project)
        revoked = error.code in REVOKED_CODES
        if answering is not None and not self._payloads.is_revoked(answering.live):
            self._drop_revoked_challenger(project, answering)
        elif not self._stand_in(project) and (revoked or answering is not None):
            self._withdraw(project)
        self._plane.metrics.revoked.labels(project).set(revoked)
        self._note_revoked(project)

    def _drop_revoked_challenger(self, project: str, answering: _Answering) -> None:
        slot = self._plane.slots.get(project)
        if slot is None or answering.challenger is None or not self._payloads.is_revoked(answering.challenger):
            return
        self._plane.refused_releases[challenger_name(project)] = "the challenger was revoked"
        self._place(replace(slot, challenger=None), _Answering(answering.live, None))
        self._plane.shadows.forget(project)

    def _note_revoked(self, project: str) -> None:
        """Who asks for a revoked version by name is told so. One that was packed again is as good as its newer package."""
        state = self._known.get(project)
        if state is None:
            return
        revoked: dict[bool, set[int]] = {True: set(), False: set()}
        for named in (state, state.challenger, *state.way_back):
            if named is not None:
                revoked[self._payloads.is_revoked(named.package)].add(named.version)
        self._plane.slots.note_revoked(project, frozenset(revoked[True] - revoked[False]))

    def _stand_in(self, project: str) -> bool:
        """Let the newest version on the way back that verifies and loads answer; whether there is one."""
        state = self._known.get(project)
        for past in state.way_back if state else ():
            try:
                payload = self._payload(project, past)
                settings = read_settings(self._home, project)
            except MillwrightError:
                continue
            assert state is not None
            slot = Slot.of(
                project,
                payload.scorer,
                payload_digest=payload.payload_digest,
                version=past.version,
                release=state.number,
                settings=settings,
                instead_of=state.version,
            )
            self._place(slot, _Answering(past.package, None), default=state.default)
            self._plane.metrics.snapshot.labels(project).set(payload.manifest.created_at.timestamp())
            return True
        return False

    def _withdraw(self, project: str) -> None:
        before, state = self._plane.slots.get(project), self._known.get(project)
        self._plane.slots.withdraw(project, default=state is not None and state.default)
        self._plane.shadows.forget(project)
        self._answering.pop(project, None)
        self._show(before, None)

    def _rival(self, state: ReleaseState) -> Rival | None:
        """The loaded challenger of a release; None where it has none, or where it is refused: then that is said."""
        name = challenger_name(state.project)
        try:
            rival = self._loaded_rival(state.project, state.challenger) if state.challenger else None
        except MillwrightError as error:
            self._plane.refused_releases[name] = str(error)
            if error.code in REVOKED_CODES:
                self._plane.shadows.forget(state.project)
            return None
        self._plane.refused_releases.pop(name, None)
        return rival

    def _loaded_rival(self, project: str, challenger: Challenger) -> Rival:
        if not 0 <= challenger.share <= 1:
            raise PackageRefused(f"a share of {challenger.share} is not between 0 and 1", where=f"release of {project}")
        payload = self._payload(project, challenger)
        return Rival(payload.scorer, payload.payload_digest, challenger.version, challenger.share)

    def _payload(self, project: str, named: ReleaseState | Challenger | Past) -> Payload:
        return self._payloads.get(project, named.package, named.payload_digest, self._plane.slots.payloads())

    def _put(self, state: ReleaseState, settings: ServeSettings, payload: Payload, rival: Rival | None) -> None:
        slot = Slot.of(
            state.project,
            payload.scorer,
            payload_digest=payload.payload_digest,
            version=state.version,
            release=state.number,
            settings=settings,
            challenger=rival,
        )
        tried = state.challenger.package if state.challenger is not None and rival is not None else None
        self._place(slot, _Answering(state.package, tried), default=state.default)
        self._plane.metrics.snapshot.labels(state.project).set(payload.manifest.created_at.timestamp())
        self._plane.metrics.revoked.labels(state.project).set(0)

    def _place(self, slot: Slot, answering: _Answering, *, default: bool = False) -> None:
        before = self._plane.slots.get(slot.project)
        self._show(before, slot)
        self._plane.slots.put(slot, default=default)
        self._answering[slot.project] = answering

    def _show(self, before: Slot | None, after: Slot | None) -> None:
        metrics = self._plane.metrics
        if before is not None:
            metrics.model.remove(before.project, f"v{before.version}", before.payload_digest)
            if before.challenger is not None:
                metrics.share.remove(before.project, f"v{before.challenger.version}")
        if after is None:
            if before is not None:
                metrics.snapshot.remove(before.project)
            return
        metrics.model.labels(after.project, f"v{after.version}", after.payload_digest).set(1)
        metrics.release.labels(after.project).set(after.release)
        if after.challenger is not None:
            metrics.share.labels(after.project, f"v{after.challenger.version}").set(after.challenger.share)


def challenger_name(project: str) -> str:
    """Under which name a refused challenger is told of."""
    return f"{project} challenger"
