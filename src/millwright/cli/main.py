"""The entry point of `mw`: finds the command, and turns every error into one clear line and an exit code."""

import importlib
import os
import sys
from typing import Any, NoReturn

import click

from millwright import __version__

COMMANDS = {
    "init": "Look at your data and write a commented millwright.yaml.",
    "check": "Prove the data: contract, quality, leakage. Trains nothing.",
    "plan": "Show what a run would do, why, and how long it would take.",
    "train": "From data to a judged, signed version. Resumable.",
    "report": "Write the report or the card of a version: HTML or PDF.",
    "up": "Serve what is live, watch it and act, until Ctrl-C.",
    "down": "Stop the server that `mw up --detach` started.",
    "console": "Open the console for people, and the API behind it.",
    "ask": "Ask the running server.",
    "label": "Tell the running server what came true.",
    "labels": "Ask for labels at random, and see what they say.",
    "quality": "How good it is while labels are missing, and over time.",
    "predict": "Answer the rows of a CSV or Parquet file.",
    "status": "What is live, how good it is, what to do next.",
    "tick": "Look once at what has happened, decide and act.",
    "steward": "Watch and act on schedule, without a server.",
    "promote": "Make a version live, or try it in shadow or canary.",
    "rollback": "Go back to a version that was live before, at once.",
    "pause": "Leave a version in shadow or canary where it is.",
    "resume": "Let the policy go on with a paused trial.",
    "abort": "End the trial of a version in shadow or canary.",
    "archive": "Put versions away that are not to be used again.",
    "restore": "Take versions out of the archive.",
    "approve": "Say yes or no to a decision that waits for you.",
    "decisions": "List what was decided, by whom and why.",
    "explain-decision": "Why a decision was taken, with its arithmetic.",
    "findings": "List what the loop found.",
    "alerts": "List what people were told, and try the channels.",
    "ack": "Say that you look after an alert.",
    "parity": "Answer the log again: it must come out the same, to the bit.",
    "log": "What was live at a past moment, and why.",
    "import": "A model made elsewhere, as ONNX: judged, packed, a version.",
    "export": "A version as a container, an MLflow model or an ONNX graph.",
    "rebuild": "Make a version's payload again: the same bytes, or why not.",
    "runs": "List training runs.",
    "versions": "List versions and their verdicts.",
    "releases": "List what was live, since when, by whose decision.",
    "audit": "Verify the audit trail.",
    "keys": "API keys: who may call the server.",
    "trust": "List, rotate and revoke signing keys; revoke versions.",
    "schema": "Print the JSON Schema of millwright.yaml.",
    "rehearse": "Play history through the loop before trusting a policy.",
    "demo": "Nine months of real flights through the whole loop.",
}

_MODULES = {"import": "importing"}
"""Where a command's module has another name: this one is a word of Python's."""

EPILOG = """\b
Examples:
  mw init --from trips.parquet --target late
  mw train && mw promote v1 && mw up
  mw predict --input new.csv --output answers.csv
\b
Exit codes: 0 ok, 1 failed, 2 usage or invalid input, 3 gate failed, 4 found something (--fail-on), 5 not found,
130 interrupted.
"""


class LazyCommands(click.Group):
    """Commands are imported when they are run: `mw --help` knows their names and one line each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"millwright.cli.{_MODULES.get(cmd_name, cmd_name.replace('-', '_'))}")
        command: click.Command = module.command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        from millwright.errors import nearest

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            guess = nearest(args[0], COMMANDS)
            raise click.UsageError(f'no such command "{args[0]}".' + (f" {guess[0].upper()}{guess[1:]}" if guess else ""), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyCommands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", prog_name="millwright", message="%(prog)s %(version)s")
@click.option("-C", "--folder", default=".", metavar="DIR", help="Work in this folder instead of the current one.")
@click.option("-f", "--file", "spec_file", default=None, metavar="SPEC", help="The spec, where it is not millwright.yaml.")
@click.option("--no-color", is_flag=True, help="Plain text (also NO_COLOR=1, or not a terminal).")
@click.option("--describe", is_flag=True, hidden=True, help="Print the command tree as JSON.")
@click.pass_context
def cli(ctx: click.Context, folder: str, spec_file: str | None, no_color: bool, describe: bool) -> None:
    """Millwright, the machine-learning engineer as software: from data to a signed, served, watched model."""
    ctx.obj = {"folder": folder, "spec_file": spec_file, "no_color": no_color}
    if describe:
        from millwright.cli.describe import print_tree

        print_tree(ctx)
        ctx.exit(0)


def main() -> NoReturn:
    """Run `mw`; never shows a traceback for a person's mistake."""
    from millwright.cli.failure import report_failure

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # our matrices are small: threads would wait longer than they work
    as_json = "--json" in sys.argv[1:]
    _make_streams_writable()
    try:
        code: Any = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _give_stdout_up()  # the reader has gone; nobody is left to tell
        code = 141
    except BaseException as error:  # noqa: BLE001  the one place where everything ends
        code = report_failure(error, as_json=as_json)
        _flush_what_can_be()
    raise SystemExit(code if isinstance(code, int) else 0)


def _make_streams_writable() -> None:
    """A stream that was closed has no reader and takes anything; a letter that the terminal has not is written as an escape."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  open to the end of the process
        getattr(sys, name).reconfigure(errors="backslashreplace")


def _give_stdout_up() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _flush_what_can_be() -> None:
    try:
        sys.stdout.flush()
    except OSError:  # it was told, or nobody is there to be told
        _give_stdout_up()
