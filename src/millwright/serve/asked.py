"""What a prediction request asks for: its rows, and what the client says of each beside its columns."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from millwright.errors import ContractBroken
from millwright.predictions.keys import key_text, row_key
from millwright.predictions.redact import hash_value
from millwright.serve.body import PredictBody
from millwright.serve.moment import read_moment
from millwright.serve.refusal import RequestRefused
from millwright.serve.slot import Slot

MAX_CLIENT_ID = 128

Json = Mapping[str, Any]


class Sent(msgspec.Struct, frozen=True):
    """The body of a request, and the name of the API key that it came with; None where no keys are asked for."""

    body: PredictBody
    caller: str | None = None


class Asked(msgspec.Struct, frozen=True):
    """A request as far as it is understood: the rows, and what the client says of each beside its columns.

    now: when it came. moments, keys, client_ids: by row; None where every row came now, has no key, has no id. caller: who
    asked, as the log names it.
    """

    rows: Sequence[Json]
    now: datetime
    moments: Sequence[datetime] | None = None
    keys: Sequence[str | None] | None = None
    client_ids: Sequence[str] | None = None
    caller: str | UnsetType = UNSET

    def moment(self, i: int) -> datetime:
        """When row `i` happened."""
        return self.now if self.moments is None else self.moments[i]

    def key(self, i: int) -> str | None:
        """The key of row `i`, as it may be written."""
        return None if self.keys is None else self.keys[i]


def understand(slot: Slot, sent: Sent, now: datetime, *, replay: bool) -> Asked:
    """The rows of a body with their times, keys and client ids. Raises RequestRefused, ContractBroken."""
    body = sent.body
    rows = rows_of(body)
    size = len(rows)
    if not 0 < size <= slot.settings.max_rows:
        check_size(size, slot.settings.max_rows)
    if slot.settings.extra_columns == "refuse":
        refuse_extra(slot, rows)
    return Asked(
        rows,
        now,
        None if body.at is None else moments_of(body.at, size, replay=replay),
        keys_of(slot, body, rows) if slot.key_columns or body.keys is not None else None,
        None if body.ids is None else client_ids_of(body.ids, size),
        UNSET if sent.caller is None else sent.caller,
    )


def rows_of(body: PredictBody) -> Sequence[Json]:
    """The rows, whichever way they were sent. Raises RequestRefused."""
    if (body.rows is None) == (body.columns is None):
        raise RequestRefused(
            422, "give either rows or columns", code="body.shape", where="body", fix='send {"rows": [{"column": 1}]}'
        )
    if body.rows is not None:
        return body.rows
    columns = body.columns or {}
    if len({len(values) for values in columns.values()}) > 1:
        raise RequestRefused(422, "the columns are not equally long", code="body.ragged", where="columns")
    names = tuple(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def check_size(size: int, limit: int) -> None:
    """Raise RequestRefused for no rows at all (422) and for more than `limit` (413)."""
    if size == 0:
        raise RequestRefused(422, "there are no rows", code="rows.none", where="rows", fix="send at least one row")
    if size > limit:
        raise RequestRefused(
            413,
            f"{size:,} rows are more than {limit:,}",
            code="rows.many",
            where="rows",
            fix="send fewer at once",
        )


def refuse_extra(slot: Slot, rows: Sequence[Json]) -> None:
    """Raise ContractBroken for the first column that the contract does not know."""
    for number, row in enumerate(rows, 1):
        for name in row.keys() - slot.columns:
            raise ContractBroken("the contract knows no such column", column=name[:80], row=number, code="column.extra")


def moments_of(at: str | Sequence[str], size: int, *, replay: bool) -> Sequence[datetime]:
    """When each row happened, as the client says while history is replayed. Raises RequestRefused, ContractBroken."""
    if not replay:
        raise RequestRefused(422, "'at' is taken only while history is replayed", code="at.live", where="at")
    if isinstance(at, str):
        return [read_moment(at, "at")] * size
    _check_length("at", at, size)
    return [read_moment(text, "at") for text in at]


def keys_of(slot: Slot, body: PredictBody, rows: Sequence[Json]) -> Sequence[str | None]:
    """The key of each row, as it may be written. Raises RequestRefused, ContractBroken."""
    if body.keys is not None:
        _check_length("keys", body.keys, len(rows))
        keys: Sequence[str | None] = [key_text(key if isinstance(key, list) else [key]) for key in body.keys]
    else:
        keys = [row_key(row, slot.key_columns) for row in rows]
    return [key and hash_value(key) for key in keys] if slot.hides_key else keys


def client_ids_of(ids: Sequence[str], size: int) -> Sequence[str]:
    """The client's own ids. Raises RequestRefused where they are too long, too few or not different."""
    _check_length("ids", ids, size)
    if not all(0 < len(client_id) <= MAX_CLIENT_ID for client_id in ids):
        raise RequestRefused(422, f"an id has 1 to {MAX_CLIENT_ID} characters", code="id.size", where="ids")
    if len(set(ids)) < size:
        raise RequestRefused(422, "an id comes twice", code="id.repeated", where="ids", fix="give each row its own id")
    return ids


def _check_length(name: str, values: Sequence[Any], size: int) -> None:
    if len(values) != size:
        raise RequestRefused(
            422,
            f"{name} has {len(values)} entries for {size} rows",
            code="body.ragged",
            where=name,
            fix="one for each row",
        )
