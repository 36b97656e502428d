"""A test message to channels, past the outbox: what comes of it is said at once."""

from millwright.alerts.compose import of_matter
from millwright.errors import MillwrightError, NotFound, nearest
from millwright.loop.sending import send_past_the_outbox
from millwright.loop.workshop import Workshop

WORDS = "a test of this channel: nothing has happened"


def try_channels(shop: Workshop, name: str | None) -> dict[str, str]:
    """Why a test could not be sent, by channel; empty where all went. name: None: every channel. Raises NotFound."""
    channels = {spec.name: spec for spec in shop.spec.alerts.channels}
    if not channels or (name is not None and name not in channels):
        what = f'no channel is called "{name}"' if name and channels else "the spec has no channel"
        fix = nearest(name or "", channels) or "see alerts.channels in the spec"
        raise NotFound(what, where="alerts.channels", fix=fix, code="channel.missing")
    failed: dict[str, str] = {}
    for spec in channels.values() if name is None else (channels[name],):
        try:
            send_past_the_outbox(shop, spec, of_matter("test", shop.project, f"test:{spec.name}", WORDS, shop.clock.now()))
        except MillwrightError as error:
            failed[spec.name] = str(error)
    return failed
