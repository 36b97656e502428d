"""Who answers a request: the live version, or, for its share of a canary, the challenger."""

from collections.abc import Sequence
from itertools import islice

import msgspec

from millwright.errors import ContractBroken
from millwright.serve.asked import Asked, Json
from millwright.serve.repeats import Remembered
from millwright.serve.routing import goes_to_challenger, subject_of
from millwright.serve.slot import Answered, Rival, Role, Slot


class Begun(msgspec.Struct, frozen=True):
    """A request that is understood and has rows to answer: those at the places `fresh`; others were answered `earlier`."""

    asked: Asked
    earlier: Sequence[Remembered | None]
    fresh: Sequence[int]

    def rows(self) -> Sequence[Json]:
        """The rows to answer."""
        rows = self.asked.rows
        return rows if len(self.fresh) == len(rows) else [rows[i] for i in self.fresh]


class Reply(msgspec.Struct, frozen=True):
    """The answers to a request's new rows: one version gave them all.

    fell_back: it was the challenger's turn, but it could not answer. gaps: the column of each cell without a value, in these
    rows; where requests were answered together, the first has those of all.
    """

    by: Slot | Rival
    role: Role
    answers: Sequence[Answered]
    fell_back: bool = False
    gaps: Sequence[str] = ()


def reply_to_all(slot: Slot, requests: Sequence[Begun]) -> "list[Reply | ContractBroken]":
    """Answer requests that came together, in their order; an error for each that the live version has to answer and cannot."""
    if slot.challenger is None or not slot.challenger.share:
        return _by_live(slot, requests)
    by_challenger = [_by_challenger(slot, request) for request in requests]
    theirs = [request for request, reply in zip(requests, by_challenger, strict=True) if reply is None]
    live = iter(_by_live(slot, theirs))
    return [next(live) if reply is None else reply for reply in by_challenger]


def rival_for(slot: Slot, asked: Asked) -> Rival | None:
    """The challenger, where this request is one of its share."""
    rival = slot.challenger
    if rival is None or not rival.share:
        return None
    subject = subject_of(asked.key(0), asked.client_ids[0] if asked.client_ids else None, asked.rows[0])
    return rival if goes_to_challenger(slot.project, subject, rival.share) else None


def _by_challenger(slot: Slot, request: Begun) -> Reply | None:
    """The challenger's answers, where it is its turn and it can give them."""
    rival = rival_for(slot, request.asked)
    gaps: list[str] = []
    answers = rival.try_rows(request.rows(), gaps) if rival is not None else None
    return Reply(rival, "canary", answers, gaps=gaps) if rival is not None and answers is not None else None


def _by_live(slot: Slot, requests: Sequence[Begun]) -> "list[Reply | ContractBroken]":
    """All rows in one go, the same to the bit as few; where one is refused, each request on its own."""
    if len(requests) == 1:
        return [_alone(slot, requests[0])]
    gaps: list[str] = []
    try:
        answers = iter(slot.scorer.answer_rows([row for request in requests for row in request.rows()], gaps))
    except ContractBroken:
        return [_alone(slot, request) for request in requests]
    return [
        _reply(slot, request, list(islice(answers, len(request.fresh))), () if number else gaps)
        for number, request in enumerate(requests)
    ]


def _alone(slot: Slot, request: Begun) -> Reply | ContractBroken:
    """One request's answers, or an error that names the row by its place in the request."""
    gaps: list[str] = []
    try:
        return _reply(slot, request, slot.scorer.answer_rows(request.rows(), gaps), gaps)
    except ContractBroken as error:
        row = request.fresh[error.row - 1] + 1 if error.row else error.row
        return ContractBroken(error.what, column=error.column, row=row, fix=error.fix, code=error.code)


def _reply(slot: Slot, request: Begun, answers: Sequence[Answered], gaps: Sequence[str]) -> Reply:
    fell_back = slot.challenger is not None and rival_for(slot, request.asked) is not None
    return Reply(slot, slot.role, answers, fell_back, gaps)
