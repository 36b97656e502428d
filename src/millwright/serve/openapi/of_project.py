"""The document of one live project: its own routes, and a row as its contract has it."""

from collections.abc import Iterator
from dataclasses import replace

from millwright.data.dates import UNIX, in_words
from millwright.records.data import ContractColumn
from millwright.serve.openapi.document import Json, document
from millwright.serve.openapi.operations import OPERATIONS
from millwright.serve.slot import Slot

_ASKED = ("feature", "time", "key")
_SHOWN = 20
_KINDS: dict[str, list[Json]] = {
    "number": [{"type": "number"}],
    "integer": [{"type": "integer"}],
    "boolean": [{"type": "boolean"}, {"type": "integer", "minimum": 0, "maximum": 1}],
    "date": [{"type": "string"}],
    "number_text": [{"type": "string"}, {"type": "number"}],
}
_TEXT: list[Json] = [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]
"""What is taken as a text: also whole numbers and truth values, which are written out."""
_ROW = {"$ref": "#/components/schemas/Row"}


def document_of(slot: Slot) -> Json:
    """What a client needs to ask this project and to tell it labels, as JSON data."""
    prefix = "/v1/projects/{project}/"
    mine = {
        (method, path.replace("{project}", slot.project)): replace(operation, name=operation.name.removesuffix("_project"))
        for (method, path), operation in OPERATIONS.items()
        if path in (f"{prefix}predict", f"{prefix}labels")
    }
    told = document(mine)
    told["info"] |= {"title": f"Millwright: {slot.project}", "version": f"v{slot.version}"}
    schemas = told["components"]["schemas"]
    schemas["Row"] = row_schema(slot)
    rows = {"type": "array", "items": _ROW, "minItems": 1, "maxItems": slot.settings.max_rows}
    asked = schemas["PredictBody"]["properties"]["rows"]
    schemas["PredictBody"]["properties"]["rows"] = {**asked, "anyOf": [rows, {"type": "null"}]}
    return told


def row_schema(slot: Slot) -> Json:
    """The JSON Schema of a row: the columns that it brings, their types, and where a value may be missing."""
    columns = [column for column in slot.scorer.contract.columns if column.role in _ASKED]
    refused = "refuse" in (slot.settings.extra_columns, slot.scorer.contract.extra_columns)
    schema: Json = {
        "type": "object",
        "description": "A row, as the contract has it.",
        "properties": {column.name: _column(column) for column in columns},
        "required": [column.name for column in columns if column.role == "feature"],
    }
    return {**schema, "additionalProperties": False} if refused else schema


def _column(column: ContractColumn) -> Json:
    numbers: list[Json] = [{"type": "number"}] if column.date_format in UNIX else []
    kinds = [*_KINDS.get(column.kind, _TEXT), *numbers, *([{"type": "null"}] if column.nullable else [])]
    schema = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    about = " ".join(_words(column))
    return {**schema, "description": about} if about else schema


def _words(column: ContractColumn) -> Iterator[str]:
    """What training saw: other values are answered and flagged, so they are no rule."""
    if column.kind == "date":
        yield "ISO 8601" + (f", or {in_words(column.date_format)}." if column.date_format else ".")
    if column.role != "feature":
        yield f"Optional: the {column.role} of the row."
    if column.pii or column.kind == "text":
        return
    if column.kind == "category" and column.levels:
        more = ", ..." if len(column.levels) > _SHOWN else ""
        yield f"Seen in training: {', '.join(column.levels[:_SHOWN])}{more}."
    elif column.minimum is not None and column.maximum is not None:
        yield f"Seen in training: {column.minimum:g} to {column.maximum:g}."
