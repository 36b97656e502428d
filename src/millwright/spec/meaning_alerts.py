"""Checks of the alerts section: what each kind of channel needs, that no secret is written down, times and names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from importlib.metadata import entry_points
from itertools import chain
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from millwright.errors import SpecError, nearest
from millwright.records.spec import ChannelSpec, Spec
from millwright.spec.durations import parse_duration
from millwright.spec.fault import Fault
from millwright.spec.words import listed, shown

NEEDS: Mapping[str, tuple[str, ...]] = {
    "webhook": ("url",),
    "slack": ("url",),
    "email": ("host", "sender", "to"),
    "github_issue": (),
    "file": ("path",),
}
"""What each of our kinds cannot do without; strangers' kinds check their own settings when they send."""

TAKES: Mapping[str, tuple[str, ...]] = {
    "webhook": ("url", "secret", "token", "private"),
    "slack": ("url", "private"),
    "email": ("host", "port", "security", "user", "password", "sender", "to"),
    "github_issue": ("url", "token", "private", "path", "labels"),
    "file": ("path",),
}

_COMMON = ("name", "kind", "min_severity")
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_ADDRESS = re.compile(r"(?:[^<>\r\n]*<)?[^@\s<>,;]+@[^@\s<>,;]+>?")
_QUIET = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d")


def alert_faults(spec: Spec) -> Iterator[Fault]:
    """Everything that is wrong with the alerts section, channel by channel and together."""
    names = [channel.name for channel in spec.alerts.channels]
    for i, channel in enumerate(spec.alerts.channels):
        yield from chain(_named(i, channel, names), _of_its_kind(i, channel), _secrets(i, channel), _places(i, channel))
    yield from _escalation(spec, names)
    yield from _times(spec)
    yield from _link(spec)


def _named(i: int, channel: ChannelSpec, names: list[str]) -> Iterator[Fault]:
    if not _NAME.fullmatch(channel.name):
        fix = "use 1 to 32 lower-case letters, digits, - and _"
        yield _fault(i, "name", f"{shown(channel.name)} cannot name a channel", fix)
    elif channel.name in names[:i]:
        yield _fault(i, "name", f"{shown(channel.name)} is written twice", "give each channel its own name")


def _of_its_kind(i: int, channel: ChannelSpec) -> Iterator[Fault]:
    known = sorted(entry.name for entry in entry_points(group="millwright.channels"))
    if channel.kind not in known:
        fix = nearest(channel.kind, known) or f"installed here: {listed(known, 'and')}"
        yield _fault(i, "kind", f"there is no kind of channel {shown(channel.kind)}", fix)
    for name in NEEDS.get(channel.kind, ()):
        if not getattr(channel, name):
            yield _fault(i, "kind", f"{channel.kind} needs {name}", f"add {name}")
    if channel.kind == "github_issue" and bool(channel.url) is bool(channel.path):
        yield _fault(i, "kind", "github_issue needs url or path, one of the two", "give one")
    if channel.kind in TAKES:
        plain = ChannelSpec(name=channel.name, kind=channel.kind)
        for name in (field.name for field in fields(ChannelSpec)):
            foreign = name not in (*_COMMON, *TAKES[channel.kind])
            if foreign and getattr(channel, name) != getattr(plain, name):
                yield _fault(i, name, f"{channel.kind} does not take {name}", "delete it")


def _secrets(i: int, channel: ChannelSpec) -> Iterator[Fault]:
    """What is a secret is named, and not written: a spec is stored with every run."""
    fix = "write env:NAME for a variable of the environment, or file:PATH"
    for name in ("secret", "token", "password"):
        value = getattr(channel, name)
        if value is not None and not _REFERENCE.fullmatch(value):
            yield _fault(i, name, f"{name} is a secret, and a spec is stored with every run", fix)
    if channel.kind == "slack" and channel.url and not _REFERENCE.fullmatch(channel.url):
        yield _fault(i, "url", "whoever has this url can write there, and a spec is stored with every run", fix)


def _places(i: int, channel: ChannelSpec) -> Iterator[Fault]:
    if channel.url and channel.kind != "slack" and not _REFERENCE.fullmatch(channel.url):
        parts = _split(channel.url)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            yield _fault(
                i, "url", f"{shown(channel.url)} is no address to post to", "write one such as https://example.com/hook"
            )
        elif parts.username or parts.password:
            yield _fault(i, "url", "it holds a name or password", "use token: env:NAME, or url: env:NAME")
        elif parts.scheme == "http" and not channel.private:
            fix = "write https, or private: true where it is in your own network"
            yield _fault(i, "url", "plain http can be read and changed on its way", fix)
    for name, values in (("to", channel.to), ("sender", (channel.sender,) if channel.sender else ())):
        for value in values:
            if not _ADDRESS.fullmatch(value):
                yield _fault(i, name, f"{shown(value)} is no mail address", "write one such as ada@example.com")
    if channel.password and channel.security == "none":
        yield _fault(i, "security", "a password is not sent in the clear", "use starttls or tls")
    if bool(channel.user) is not bool(channel.password):
        yield _fault(i, "user", "user and password go together", "give both or none")


def _escalation(spec: Spec, names: list[str]) -> Iterator[Fault]:
    alerts, path = spec.alerts, ("alerts", "escalate_to")
    if bool(alerts.escalate_to) is not bool(alerts.escalate_after):
        message = "alerts.escalate_to: it counts only together with alerts.escalate_after"
        yield Fault(path, message, "give both or none", also=(("alerts", "escalate_after"),))
    elif alerts.escalate_to and alerts.escalate_to not in names:
        fix = nearest(alerts.escalate_to, names) or "name one of alerts.channels"
        yield Fault(path, f"alerts.escalate_to: no channel is called {shown(alerts.escalate_to)}", fix)


def _times(spec: Spec) -> Iterator[Fault]:
    for name in ("dedup", "escalate_after"):
        text = getattr(spec.alerts, name)
        try:
            if text is not None and not parse_duration(text):
                yield Fault(("alerts", name), f"alerts.{name}: must be longer than nothing", "write a duration such as 4h")
        except SpecError as error:
            yield Fault(("alerts", name), f"alerts.{name}: {error.what}", error.fix)
    quiet, zone = spec.alerts.quiet_hours, spec.alerts.zone
    if quiet is not None and (not _QUIET.fullmatch(quiet) or quiet[:5] == quiet[6:]):
        path = ("alerts", "quiet_hours")
        yield Fault(path, f"alerts.quiet_hours: {shown(quiet)} is no time of day", "write from and until, such as 22:00-07:00")
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, LookupError):
            fix = "write a name such as Europe/Berlin or UTC"
            yield Fault(("alerts", "zone"), f"alerts.zone: {shown(zone)} is not a time zone", fix)


def _link(spec: Spec) -> Iterator[Fault]:
    link = spec.alerts.link
    if link is None:
        return
    parts = _split(link)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        fix = "write one such as https://models.example.com"
        yield Fault(("alerts", "link"), f"alerts.link: {shown(link)} is no address that a link can begin with", fix)


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  a port that is none is found when it is asked for
    except ValueError:
        return None
    return parts


def _fault(i: int, name: str, message: str, fix: str) -> Fault:
    return Fault(("alerts", "channels", i, name), f"alerts.channels[{i}]: {message}", fix)
