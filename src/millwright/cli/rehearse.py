"""mw rehearse"""

import sys
from pathlib import Path
from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, remark, tell

EXAMPLES = examples(
    "mw rehearse",
    "mw rehearse --train-until 2013-04-01 --inject unit:temp:x1000@2013-08",
    "mw rehearse --tune --within 0.005",
    "mw rehearse trips.parquet --ways policy,never --json --no-open",
)


@click.command("rehearse", epilog=EXAMPLES)
@click.argument("file", required=False, type=click.Path(exists=True), metavar="[FILE]")
@click.option("--from", "begin", metavar="DATE", help="Leave out rows that happened before it.")
@click.option("--until", metavar="DATE", help="Leave out rows that happened from then on.")
@click.option("--train-until", metavar="DATE", help="Learn from what happened before it, play the rest.")
@click.option("--train-share", type=float, default=0.3, show_default=True, metavar="SHARE", help="The same as a share of rows.")
@click.option("--inject", multiple=True, metavar="FAULT", help="Put in a fault: KIND:COLUMN[:ARG]@START[..END]. Repeatable.")
@click.option("--ways", default="policy,never,every,scheduled,oracle", show_default=True, help="What to compare.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where it works. [default: rehearsal]")
@click.option("--tune", is_flag=True, help="Try other policies too, and advise the cheapest good one.")
@click.option("--within", type=float, default=0.003, show_default=True, help="With --tune: how far from the best is good.")
@click.option("--http", is_flag=True, help="Ask a real server instead of the same code in this process.")
@click.option("--no-open", is_flag=True, help="Do not open the report in the browser.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], /, folder: Path | None, no_open: bool, as_json: bool, **given: Any) -> None:
    """Play history through the loop before trusting a policy with the future.

    Takes a table with time, key and target (that of the spec), learns from its first part, and plays the rest: each row asked
    when it happened, each label told when it became known, each look when due. What was found, decided, retrained and released
    comes of the code that does it live. Then it compares the policy with other ways to go about it. The project is not touched.
    """
    from millwright.cli.progress import Screen
    from millwright.cli.rehearsed import lines_of
    from millwright.records.codec import to_plain
    from millwright.records.rehearsing import Asked

    asked = Asked(
        source=given["file"],
        begin=given["begin"],
        until=given["until"],
        train_until=given["train_until"],
        train_share=given["train_share"],
        inject=given["inject"],
        ways=tuple(word.strip() for word in given["ways"].split(",") if word.strip()),
        http=given["http"],
        within=given["within"] if given["tune"] else None,
    )
    screen = Screen(chosen)
    with screen:
        rehearsal = project(chosen).rehearse(asked, folder=folder, say=screen.say, listen=screen)
    if as_json:
        emit("millwright.rehearsal/1", to_plain(rehearsal))
        return
    for line in lines_of(rehearsal):
        tell(line)
    if not no_open and sys.stdout.isatty():
        remark("Opening the report ...")
        click.launch(rehearsal.report)
