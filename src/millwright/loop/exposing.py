"""Opening a server to other machines: judged before anything starts, and in the audit."""

from millwright.loop.workshop import Workshop
from millwright.records.codec import digest_of
from millwright.registry import audit
from millwright.serve.exposure import Exposure, check_exposure


def expose(shop: Workshop, exposure: Exposure) -> None:
    """Enter in the audit that other machines may reach the server from now on. Raises Unavailable where they must not."""
    check_exposure(exposure, shop.home.root)
    if exposure.is_local:
        return
    with shop.catalogue.write() as tx:
        detail = digest_of(exposure)
        audit.append(
            tx, actor=shop.actor, action="server.expose", subject=f"server {exposure.url}", detail=detail, at=shop.clock.now()
        )
