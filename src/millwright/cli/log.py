"""mw log"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import project
from millwright.cli.log_labels import labels
from millwright.cli.log_prune import prune
from millwright.cli.output import emit, examples, json_option, since_option, table, tell
from millwright.records.codec import to_plain
from millwright.records.figures import figure

if TYPE_CHECKING:
    from millwright.loop.log_query import LoggedRow


@click.group(
    "log",
    invoke_without_command=True,
    epilog=examples(
        "mw log --at 2026-03-01T12:00",
        "mw log --at '2026-03-01 12:00+01:00' --json",
        "mw log predictions --since 1h",
        "mw log labels --parked",
    ),
)
@click.option("--at", "text", metavar="TIME", help="A past moment, ISO 8601; UTC where it names no zone. Without it: now.")
@json_option
@click.pass_context
def command(ctx: click.Context, text: str | None, as_json: bool) -> None:
    """What was live at a past moment, decided by whom, on which evidence; what was answered, and what came true."""
    if ctx.invoked_subcommand is None:
        _say_moment(ctx.obj, text, as_json)
    elif text or as_json:
        raise click.UsageError(f"write options after `{ctx.invoked_subcommand}`; --at is for `mw log` alone")


@command.command(
    "predictions",
    epilog=examples(
        "mw log predictions --since 1h --where 'score > 0.9'",
        "mw log predictions --since 30d --where \"label = '1' and not (answer->>'decision')::boolean\"",
        "mw log predictions --where \"list_contains(flags, 'unseen:dest')\" --json",
        "mw log predictions --where \"caller = 'shop'\"",
    ),
)
@since_option("1d")
@click.option("--where", default="true", metavar="SQL", help="Only rows for which this is true.")
@click.option("--limit", type=click.IntRange(0, 100_000), default=20, show_default=True, help="How many, newest first.")
@json_option
@click.pass_obj
def predictions(chosen: dict[str, Any], since: timedelta, where: str, limit: int, as_json: bool) -> None:
    """Answered rows with their labels, filtered by SQL.

    The condition may name: id, event_at, version, evaluator, role, key, client_id, caller (the name of the API key), answer
    and request (JSON), score (the probability or value), flags (a list), label, label_known_at, and every column of the
    requests.
    """
    page = project(chosen).predictions(since, where=where, limit=limit)
    if as_json:
        emit("millwright.log-predictions/1", to_plain(page))
        return
    if page.rows:
        named = any(row.caller for row in page.rows)
        head = ("at (UTC)", "version", "answer", "label", "flags", *(["caller"] if named else []), "key", "id")
        tell(table([_cells(row, named=named) for row in page.rows], head))
    shown = f", the newest {len(page.rows):,} of them here" if page.matched > len(page.rows) else ""
    tell(f"{page.matched:,} of {page.predictions:,} predictions{shown}.")
    if page.begins is not None:
        from millwright.predictions.pruned import gone_sentence

        tell(f"Note that {gone_sentence(page.begins)}.")


command.add_command(labels)
command.add_command(prune)


def _cells(row: "LoggedRow", *, named: bool) -> tuple[str, ...]:
    """A row as it is shown; named: with who asked."""
    answer = ", ".join(f"{name} {_short(value)}" for name, value in row.answer.items() if name != "label")
    role = "" if row.role == "live" else f" ({row.role})"
    at, version, flags = f"{row.event_at:%Y-%m-%d %H:%M:%S}", f"v{row.version}{role}", " ".join(row.flags)
    caller = [row.caller or ""] if named else []
    return at, version, answer, row.label or "", flags, *caller, row.key or "", row.id


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(one)}" for name, one in value.items())
    return figure(value) if isinstance(value, float) else str(value).lower()


def _say_moment(chosen: dict[str, Any], text: str | None, as_json: bool) -> None:
    then = project(chosen).at(_moment(text) if text else datetime.now(UTC))
    if as_json:
        emit("millwright.log/1", then.as_plain())
        return
    for line in then.lines:
        tell(line)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise click.UsageError(f"--at: '{text}' is no time; write one such as 2026-03-01T12:00") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
