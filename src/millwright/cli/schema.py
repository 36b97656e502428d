"""mw schema"""

import json

import click

from millwright.cli.output import examples, tell


@click.command("schema", epilog=examples("mw schema > millwright.schema.json"))
@click.option("--json", "as_json", is_flag=True, help="The schema is JSON with or without this.")
def command(as_json: bool) -> None:
    """Print the JSON Schema of millwright.yaml, for editors that complete and check as you type."""
    from millwright.spec.schema import json_schema

    tell(json.dumps(json_schema(), indent=None if as_json else 2))
