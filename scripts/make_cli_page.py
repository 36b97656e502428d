"""Write docs/cli.md from the commands' own help, so that the page cannot say anything else.

`python scripts/make_cli_page.py` writes the page; a test says whether it is up to date.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from millwright.cli.main import COMMANDS, cli

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
WIDTH = 100

HEAD = """\
# Every command

*Made by `scripts/make_cli_page.py` from `mw --help`; do not edit it by hand.*

`mw` and `millwright` are the same program. Results go to standard output; progress and remarks go to standard error.
`--json` prints one JSON object whose `schema` names its form; `mw train --json` prints progress too, one object a line,
and the result last, and `mw ask --json` prints one object for each row. `-C` and `-f` come before the command: `mw -C flights status`.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done |
| 1 | failed: the place is not writable, somebody else was faster, a package did not verify, the audit was changed |
| 2 | wrong usage, a mistake in a file, or data that cannot be used; one message says what, where, and what to do |
| 3 | a gate did not pass (`mw train`), or the verdict does not allow it (`mw promote`) |
| 4 | something was found that is at least as severe as `--fail-on` says (`mw tick`, `mw findings`) |
| 5 | what was named does not exist |
| 130 | interrupted; the same command goes on where it was |

## Environment

| variable | meaning |
| --- | --- |
| `MILLWRIGHT_HOME` | the state folder; by default `.millwright` beside the spec |
| `MILLWRIGHT_SIGNING_KEY` | the private key's file; by default `millwright/signing.key` in the user's configuration folder |
| `MILLWRIGHT_ACTOR` | who acts, as the audit has it; by default the user's name |
| `MILLWRIGHT_THREADS` | threads for training; by default one for each processor |
| `NO_COLOR` | plain text |
"""


def page() -> str:
    """The text of the page."""
    parts = [HEAD, *_block("mw", cli, None)]
    root = click.Context(cli, info_name="mw")
    for name in COMMANDS:
        command = cli.get_command(root, name)
        assert command is not None
        parts += _command(f"mw {name}", command, root)
    return "\n".join(parts).rstrip() + "\n"


def _command(title: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    yield from _block(title, command, parent)
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=title.split()[-1], parent=parent)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _block(f"{title} {name}", inner, context)


def _block(title: str, command: click.Command, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(
        command,
        info_name=title.split()[-1],
        parent=parent,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield f"## `{title}`\n\n```text\n{_plain(command.get_help(context))}\n```\n"


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
