"""A stranger's graph is parsed, opened and asked for the first time in a child process: it may abort it, or never end.

The child reads one request on stdin (MessagePack), writes one answer, opens no file of ours and has limits on memory, processor
time and files.
"""

import resource
import signal
import subprocess
import sys
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.errors import MillwrightError, ModelRefused, Unavailable
from millwright.models.onnx_facts import OnnxFacts, read_facts
from millwright.records.imported import GraphUse
from millwright.records.record import record

Array = NDArray[Any]
T = TypeVar("T")

SECONDS = 120.0
MEMORY = 16 << 30
"""Bytes of address space; native libraries reserve much more than they touch."""
OPEN_FILES = 256


@record
class Ask:
    """A graph asked with features: float64, shape (rows, features), as bytes. labels: an output to read as well."""

    use: GraphUse
    rows: int
    features: bytes
    labels: str | None


@record
class Request:
    """What the child is asked: facts alone, or answers too."""

    model: bytes
    ask: Ask | None = None


@record
class Answered:
    """What a graph gave for each row; labels: of its other output, as texts, "" where a row has none.

    failed: for each row what ONNX Runtime said, "" where it answered.
    """

    outputs: list[list[float]]
    labels: list[str]
    failed: list[str]


@record
class _Answer:
    facts: OnnxFacts | None = None
    answered: Answered | None = None
    error: dict[str, str] | None = None


def facts_of(content: bytes, seconds: float = SECONDS) -> OnnxFacts:
    """What a file says of itself. Raises ModelRefused, Unavailable. seconds: of wall clock; the child is killed after it."""
    facts = _child(Request(model=content), seconds).facts
    assert facts is not None
    return facts


def ask_graph(content: bytes, use: GraphUse, X: Array, labels: str | None, seconds: float = SECONDS) -> Answered:
    """What a graph gives for features X (n, f), each row by itself. Raises ModelRefused where it ends the process."""
    ask = Ask(use=use, rows=len(X), features=np.ascontiguousarray(X, np.float64).tobytes(), labels=labels)
    answered = _child(Request(model=content, ask=ask), seconds).answered
    assert answered is not None
    return answered


def _child(request: Request, seconds: float) -> _Answer:
    command = [sys.executable, "-P", "-B", "-m", __name__]
    try:
        child = subprocess.run(
            command, input=msgspec.msgpack.encode(request), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        what = f"opening and asking it takes more than {seconds:g} seconds"
        raise ModelRefused(what, fix="nothing was changed", code="onnx.time") from error
    if child.returncode < 0:
        what = f"opening it ends the process ({signal.Signals(-child.returncode).name})"
        raise ModelRefused(what, fix="nothing was changed", code="onnx.abort")
    return _said(child)


def _said(child: "subprocess.CompletedProcess[bytes]") -> _Answer:
    try:
        answer = msgspec.msgpack.decode(child.stdout, type=_Answer)
    except msgspec.DecodeError as error:
        lines = child.stderr.decode("utf-8", "replace").strip().splitlines()
        said = lines[-1][:300] if lines else f"exit code {child.returncode}"
        raise ModelRefused(f"opening it failed: {said}", code="onnx.abort") from error
    if answer.error is not None:
        told = answer.error
        kind = Unavailable if told["code"] == "onnx.missing" else ModelRefused
        raise kind(told["message"], where=told["where"], fix=told["hint"], code=told["code"])
    return answer


def main() -> int:
    """The child: one answer on stdout."""
    _limit()
    request = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Request)
    try:
        answer = _answer(request)
    except MillwrightError as error:
        answer = _Answer(error=error.as_record())
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))
    sys.stdout.buffer.flush()
    return 0


def _answer(request: Request) -> _Answer:
    if request.ask is None:
        return _Answer(facts=read_facts(request.model))
    return _Answer(answered=_asked(request.model, request.ask))


def _asked(content: bytes, ask: Ask) -> Answered:
    from millwright.models.imported import ImportedEvaluator
    from millwright.models.onnx_evaluator import open_session

    session, evaluator = open_session(content), ImportedEvaluator(content, ask.use)
    X = np.frombuffer(ask.features, np.float64).reshape(ask.rows, ask.use.features)
    feeds, taken = evaluator.feeds(X)
    names = [ask.use.output, *([ask.labels] if ask.labels else [])]
    outputs, labels, failed = [], [], []
    for at in range(ask.rows):
        one = {name: values[at : at + 1] for name, values in feeds.items()}
        found, why = _run(session, names, one) if taken[at] else ([], "a whole number is asked for, and there is none")
        outputs.append(np.asarray(found[0], np.float64).ravel().tolist() if found else [])
        labels.append(_label(found[1]) if len(found) > 1 else "")
        failed.append(why)
    return Answered(outputs=outputs, labels=labels, failed=failed)


def _run(session: Any, names: list[str], feeds: dict[str, Array]) -> tuple[list[Any], str]:
    try:
        return session.run(names, feeds), ""
    except Exception as error:  # noqa: BLE001  ONNX Runtime's own errors have no common class
        return [], " ".join(str(error).split())[:300]


def _label(found: Any) -> str:
    return str(np.asarray(found).ravel()[0]) if np.size(found) else ""


def _limit() -> None:
    wanted = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: int(SECONDS) + 1,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for which, value in wanted.items():
        hard = resource.getrlimit(which)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (most, most))


if __name__ == "__main__":
    sys.exit(main())
