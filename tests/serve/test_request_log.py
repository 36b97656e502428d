"""The server's own log of requests that were refused: ids, codes and places, never what was sent, and never a flood."""

import io
import json

from millwright.errors import ContractBroken
from millwright.serve.request_log import MOST_LINES, RequestLog


def written(output: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_a_refusal_is_a_line_with_its_id_and_without_what_was_sent() -> None:
    output = io.StringIO()
    log = RequestLog(output)
    log.note("/v1/predict", ContractBroken("a number is expected, got the text 'secret'", column="age", row=3), "the-id")
    log.close()
    (line,) = written(output)
    assert (line["request_id"], line["status"], line["where"]) == ("the-id", 422, "column 'age'")
    assert "secret" not in output.getvalue()


def test_a_flood_is_counted_and_not_written() -> None:
    output = io.StringIO()
    log = RequestLog(output)
    for number in range(100 * MOST_LINES):
        log.note("none", ContractBroken("no"), str(number))
    log.close()
    lines = written(output)
    assert MOST_LINES <= sum(line["event"] == "request.refused" for line in lines) <= MOST_LINES + 5
    log._room = 1.0
    log._write()
    assert written(output)[-1]["event"] == "requests.not_written"
    assert sum(line.get("count", 1) for line in written(output)) == 100 * MOST_LINES  # type: ignore[misc]
