"""Being the one who acts: a file lock among the processes of this machine, and a lease with a fencing token among all.

The lease's token is checked inside the transaction of every act, so that a steward that was stopped for a while and comes
back to find another in its place can no longer change anything. The lease runs on the wall clock, whatever clock the loop
is on, and is renewed by a thread while an act takes its time.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta

from sqlalchemy import Connection

from millwright.errors import Conflict, Unavailable
from millwright.loop.workshop import Workshop
from millwright.registry import leases, projects
from millwright.stores.clock import Clock, SystemClock
from millwright.stores.durable import unavailable
from millwright.stores.process_lock import hold, holder

TTL = timedelta(seconds=60)
STEWARD_LOCK = "acting.lock"


class Hand:
    """The right to act for a project, as long as it lasts."""

    def __init__(self, shop: Workshop, lease: leases.Lease, wall: Clock) -> None:
        self._shop, self._lease, self._wall = shop, lease, wall

    @property
    def token(self) -> int:
        """The fencing token: greater than that of anyone who acted before."""
        return self._lease.token

    def check(self, tx: Connection) -> None:
        """Raise Conflict where another has taken over. Call it in the transaction of each act."""
        leases.check(tx, self._lease)

    def renew(self) -> None:
        """Make the lease last longer. Raises Conflict where another has taken over."""
        with self._shop.catalogue.write() as tx:
            self._lease = leases.renew(tx, self._lease, self._wall.now(), TTL)

    def give_up(self) -> None:
        """Let others act at once."""
        with self._shop.catalogue.write() as tx:
            leases.release(tx, self._lease)


@contextmanager
def acting(shop: Workshop, wall: Clock | None = None) -> Iterator[Hand]:
    """Be the one who acts. Raises Conflict where another is."""
    clock = wall or SystemClock()
    with ExitStack() as stack:
        path = shop.home.server / f"{shop.project}-{STEWARD_LOCK}"
        try:
            stack.enter_context(hold(path))
        except BlockingIOError as error:
            raise _busy(f"process {holder(path)}") from error
        except OSError as error:
            raise unavailable(error, path) from error
        hand = _take(shop, clock)
        stack.callback(_give_up, hand)
        stack.enter_context(_renewed(hand))
        yield hand


def _take(shop: Workshop, clock: Clock) -> Hand:
    here = f"{socket.gethostname()}:{shop.home.root}:"
    with shop.catalogue.write() as tx:
        now = clock.now()
        projects.ensure(tx, shop.project, now)
        lease = leases.take(
            tx,
            shop.project,
            f"{here}{os.getpid()}",
            now=now,
            ttl=TTL,
            free=lambda who: who.startswith(here),  # we hold the lock of this place, so whoever had it is dead
        )
    if lease is None:
        raise _busy("another machine")
    return Hand(shop, lease, clock)


def _busy(who: str) -> Conflict:
    return Conflict(
        f"another steward is at work ({who}): nothing was done", fix="it looks at the same things", code="steward.busy"
    )


def _give_up(hand: Hand) -> None:
    with suppress(Conflict, Unavailable):  # it was taken over, or it runs out by itself
        hand.give_up()


@contextmanager
def _renewed(hand: Hand) -> Iterator[None]:
    """Renew the lease in a thread. Where that fails the lease runs out, and the checks in the acts say so."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(TTL.total_seconds() / 3):
            with suppress(Conflict, Unavailable):
                hand.renew()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
