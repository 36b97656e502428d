"""The command tree as JSON, for programs that drive `mw`."""

import json
from typing import Any

import click


def print_tree(ctx: click.Context) -> None:
    """Print every command with its options and help as one JSON object."""
    group = ctx.command
    assert isinstance(group, click.Group)
    commands = {name: _describe(group.get_command(ctx, name)) for name in group.list_commands(ctx)}
    click.echo(json.dumps({"schema": "millwright.commands/1", "commands": commands}, indent=1))


def _describe(command: click.Command | None) -> dict[str, Any]:
    if command is None:
        return {}
    return {"help": command.help, "parameters": [_parameter(p) for p in command.params]}


def _parameter(parameter: click.Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "flags": list(parameter.opts),
        "required": parameter.required,
        "type": parameter.type.name,
        "help": getattr(parameter, "help", None),
    }
