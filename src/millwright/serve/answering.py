"""Who answers a request: the live version, or, for its share of a canary, the challenger."""

from collections.abc import Sequence
from dataclasses import dataclass

from millwright.errors import ContractBroken
from millwright.serve.asked import Asked, Json
from millwright.serve.lines import Role
from millwright.serve.routing import goes_to_challenger, subject_of
from millwright.serve.shadow import try_rows
from millwright.serve.slot import Answered, Rival, Slot


@dataclass(frozen=True, slots=True)
class Reply:
    """The answers to a request's new rows: one version gave them all.

    fell_back: it was the challenger's turn, but it could not answer.
    """

    by: Slot | Rival
    role: Role
    answers: Sequence[Answered]
    fell_back: bool = False


def reply_to(slot: Slot, asked: Asked, fresh: Sequence[int]) -> Reply:
    """Answer the rows at the places `fresh`. Raises ContractBroken where the live version has to answer and cannot."""
    rows = [asked.rows[i] for i in fresh]
    rival = rival_for(slot, asked)
    if rival is not None and (answers := try_rows(rival.scorer, rows)) is not None:
        return Reply(rival, "canary", answers)
    return Reply(slot, "live", _score(slot, rows, fresh), fell_back=rival is not None)


def rival_for(slot: Slot, asked: Asked) -> Rival | None:
    """The challenger, where this request is one of its share."""
    rival = slot.challenger
    if rival is None or not rival.share:
        return None
    subject = subject_of(asked.keys[0], asked.client_ids[0] if asked.client_ids else None, asked.rows[0])
    return rival if goes_to_challenger(slot.project, subject, rival.share) else None


def _score(slot: Slot, rows: Sequence[Json], places: Sequence[int]) -> Sequence[Answered]:
    """The same to the bit whether few rows or many. Raises ContractBroken, naming the row by its place in the request."""
    try:
        return [(answer, flags) for answer, flags, _cells in slot.scorer.answer_rows(rows)]
    except ContractBroken as error:
        row = places[error.row - 1] + 1 if error.row else error.row
        raise ContractBroken(error.what, column=error.column, row=row, fix=error.fix, code=error.code) from error
