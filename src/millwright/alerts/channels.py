"""The door through which channels come in: entry points, our own as well as a stranger's."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from millwright.alerts.channel import Channel, Surroundings
from millwright.errors import NotFound, nearest
from millwright.records.spec import ChannelSpec

GROUP = "millwright.channels"


def channel(spec: ChannelSpec, around: Surroundings) -> Channel:
    """The channel of this spec. Raises NotFound where its kind is not installed."""
    found = kinds().get(spec.kind)
    if found is None:
        fix = nearest(spec.kind, kinds()) or f"there are: {', '.join(sorted(kinds()))}"
        raise NotFound(f'no kind of channel is called "{spec.kind}"', fix=fix, code="channel.missing")
    made: Channel = found.load()(spec, around)
    return made


@cache
def kinds() -> Mapping[str, EntryPoint]:
    """Every installed kind of channel by name; nothing is imported until one is asked for."""
    return {point.name: point for point in entry_points(group=GROUP)}
