"""mw alerts"""

from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, remark, table, tell
from millwright.records.codec import to_plain

if TYPE_CHECKING:
    from millwright.loop.answering import ListedAlert
    from millwright.records.alerting import ChannelHealth


@click.group(
    "alerts",
    invoke_without_command=True,
    epilog=examples("mw alerts", "mw alerts --open", "mw alerts --json | jq '.alerts[0].deliveries'", "mw alerts test team"),
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
@click.option("--open", "open_only", is_flag=True, help="Only those that nobody looks after yet.")
@json_option
@click.pass_context
def command(ctx: click.Context, limit: int, open_only: bool, as_json: bool) -> None:
    """List what people were told: how severe, whether somebody looks after it, where it was sent, what could not be."""
    if ctx.invoked_subcommand is not None:
        if as_json:
            raise click.UsageError(f"write options after `{ctx.invoked_subcommand}`")
        return
    here = project(ctx.obj)
    alerts = here.alerts(limit, open_only=open_only)
    channels = here.channels()
    if as_json:
        emit("millwright.alerts-list/1", {"alerts": [_plain(one) for one in alerts], "channels": to_plain(channels)})
        return
    head = ("alert", "since (UTC)", "severity", "state", "seen", "sent to", "what")
    tell(table([_row(one) for one in alerts], head) if alerts else "There is no alert. `mw status` says until when was looked.")
    for channel in channels:
        tell(_health(channel))
    if not channels:
        tell("No channel is set up, so alerts are listed here alone: see alerts.channels in the spec.")


@command.command("test", epilog=examples("mw alerts test", "mw alerts test team"))
@click.argument("channel", required=False)
@json_option
@click.pass_obj
def test(chosen: dict[str, Any], channel: str | None, as_json: bool) -> None:
    """Send a test message to CHANNEL, or to every channel. Exit code 1 where one could not be sent."""
    here = project(chosen)
    failed = here.test_alerts(channel)
    names = [channel] if channel else [spec.name for spec in here.spec.alerts.channels]
    if as_json:
        emit("millwright.alerts-test/1", {"channels": [{"channel": name, "error": failed.get(name)} for name in names]})
    else:
        for name in names:
            tell(f"{name}: could not be sent: {failed[name]}" if name in failed else f"{name}: sent.")
    if failed:
        raise click.exceptions.Exit(1)


@command.command("door", epilog=examples("mw alerts door", "mw alerts door --port 8200"))
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen here; behind something that speaks TLS.")
@click.option("--port", type=click.IntRange(0, 65535), default=8182, show_default=True, help="The port; 0 takes a free one.")
@click.pass_obj
def door(chosen: dict[str, Any], host: str, port: int) -> None:
    """Answer the signed links of alerts (alerts.link), until Ctrl-C: a page that asks, and a button that does it, once."""
    here = project(chosen)
    if here.spec.alerts.link is None:
        remark("alerts.link is empty in the spec, so alerts carry no links yet.")
    here.open_door(host=host, port=port, on_open=lambda url: tell(f"Answering the links of alerts at {url}"))


def _plain(one: "ListedAlert") -> dict[str, Any]:
    return {**to_plain(one.entry), "state": one.entry.state, "deliveries": to_plain(one.deliveries)}


def _row(one: "ListedAlert") -> tuple[object, ...]:
    entry = one.entry
    by = f" by {entry.acknowledged_by}" if entry.acknowledged_by else ""
    since = f"{entry.raised_at:%Y-%m-%d %H:%M}"
    return entry.number, since, entry.severity, f"{entry.state}{by}", entry.times, _sent_to(one), entry.alert.title


def _sent_to(one: "ListedAlert") -> str:
    """The channels, each with a mark where it was not simply sent."""
    words = {"sent": "", "waiting": " (waits)", "given_up": " (given up)", "dropped": " (dropped)"}
    said = {d.channel: " (fails)" if d.said and d.state == "waiting" else words[d.state] for d in one.deliveries}
    return ", ".join(f"{channel}{how}" for channel, how in said.items()) or "-"


def _health(channel: "ChannelHealth") -> str:
    waiting = f", {channel.waiting} waiting" if channel.waiting else ""
    gone = f", {channel.given_up} given up" if channel.given_up else ""
    since = f"; fails since {channel.failing_since:%Y-%m-%d %H:%M} UTC: {channel.said}" if channel.failing_since else ""
    return f"{channel.channel}: {channel.sent} sent{waiting}{gone}{since}"
