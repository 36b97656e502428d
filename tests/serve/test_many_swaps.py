"""Many changes of release under load: nothing fails, no answer is of two versions, and each names the digest that is logged."""

import json
import time
from pathlib import Path

from .released import TRIP, Home
from .running import Running
from .test_survival import Load

SWAPS = 10
SHARE = 0.3


def taken_up(server: Running, number: int) -> None:
    until = time.monotonic() + 60
    while server.ask("GET", "/ready").body["looked_at"].get("trips") != number:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_answer_is_of_one_version_whatever_is_released_meanwhile(tmp_path: Path) -> None:
    home = Home(tmp_path)
    packages = [home.package(seed) for seed in (1, 2)]
    digests = {f"v{i + 1}": home.payload_digest(package) for i, package in enumerate(packages)}

    def release(number: int) -> None:
        live, other = number % 2, (number + 1) % 2
        tried = home.challenger(other + 1, packages[other], SHARE)
        home.release(number, packages[live], version=live + 1, challenger=tried)

    release(1)
    trips = [json.dumps({"rows": [{**TRIP, "id": f"trip {i}-{row}"} for row in range(rows)]}).encode()
             for i, rows in enumerate((1, 2, 40, 300))]  # fmt: skip
    with home.serve() as server:
        load = Load(server.port, bodies=tuple(trips))
        load.start()
        for number in range(2, SWAPS + 2):
            release(number)
            taken_up(server, number)
            load.wait_for(len(load.answers) + 8)
        load.stop.set()
        load.join()
        server.end()
        lines = {line["id"]: line for line in server.logged() if line["role"] != "shadow"}
    assert load.broken == []
    assert {answer.status for answer in load.answers} == {200}
    assert {answer.body["version"] for answer in load.answers} == {"v1", "v2"}
    for answer in load.answers:
        logged = [lines[given["id"]] for given in answer.body["predictions"]]
        assert {line["payload_digest"] for line in logged} == {answer.body["payload"]} == {digests[answer.body["version"]]}
        assert {f"v{line['version']}" for line in logged} == {answer.body["version"]}
        assert [line["output"]["probability"] for line in logged] == [
            given["probability"] for given in answer.body["predictions"]
        ]
