"""A server that is killed under labels: what was accepted is in the log once, and the next start goes on."""

import http.client
import json
import signal
import threading
import time
from pathlib import Path

from millwright.predictions.ids import IdMaker

from .running import read_answer, toy

HEADERS = {"Content-Type": "application/json"}
CLIENTS, ENOUGH = 6, 300


def tell(port: int, maker: IdMaker, rows: int, accepted: list[str]) -> None:
    """Tell labels of ids of our own, so many at a time, until the server is gone; those accepted go into `accepted`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        while True:
            ids = [maker.next(time.time_ns() // 1_000_000) for _ in range(rows)]
            connection.request("POST", "/v1/labels", json.dumps({"labels": [{"id": i, "value": 1} for i in ids]}), HEADERS)
            answer = read_answer(connection.getresponse())
            assert answer.body["accepted"] == rows
            accepted.extend(ids)
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()


def test_kill_9_under_load_loses_no_accepted_label(tmp_path: Path) -> None:
    accepted: list[str] = []
    for number in range(2):
        with toy(tmp_path) as server:
            enough = len(accepted) + ENOUGH
            makers = [IdMaker(number * CLIENTS + client, 1) for client in range(CLIENTS)]
            clients = [
                threading.Thread(target=tell, args=(server.port, maker, 1 + 24 * (at == 0), accepted))
                for at, maker in enumerate(makers)
            ]
            for client in clients:
                client.start()
            while len(accepted) < enough and any(client.is_alive() for client in clients):
                time.sleep(0.005)
            server.process.send_signal(signal.SIGKILL)
            for client in clients:
                client.join(30)
            kept = [line["prediction_id"] for line in server.labels()]
            assert len(accepted) >= enough
            assert set(accepted) <= set(kept)
            assert len(kept) == len(set(kept)), "none is there twice"
