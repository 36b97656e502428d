"""On what a decision was taken: which version was live then; and who takes those that no person does."""

from millwright.loop.workshop import Workshop
from millwright.registry import releases

POLICY = "policy"
"""Who acts, for the audit, where no person does."""

LIVE = "live"
"""Where the evidence keeps which version was live when a decision was taken."""


def live_number(shop: Workshop) -> int | None:
    """The version that is live."""
    with shop.catalogue.read() as view:
        release = releases.current(view, shop.project)
    return release.version if release else None
