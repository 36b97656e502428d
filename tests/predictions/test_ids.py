import threading
import uuid

from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.predictions.ids import STARTS, WORKERS, IdMaker, parse_id

MILLISECONDS = st.integers(0, 2**47)


@given(st.integers(0, WORKERS - 1), st.integers(0, STARTS - 1), MILLISECONDS)
def test_an_id_says_when_and_where_it_was_made(worker: int, start: int, milliseconds: int) -> None:
    made = IdMaker(worker, start).next(milliseconds)
    parts = parse_id(made)
    assert parts is not None
    assert (parts.milliseconds, parts.worker, parts.start) == (milliseconds, worker, start)
    assert uuid.UUID(made).version == 7
    assert uuid.UUID(made).variant == uuid.RFC_4122


@settings(max_examples=10)
@given(MILLISECONDS, st.integers(1, 9_000))
def test_ids_of_one_moment_differ_and_sort_in_the_order_made(milliseconds: int, count: int) -> None:
    maker = IdMaker(1, 1)
    made = [maker.next(milliseconds) for _ in range(count)]
    assert made == sorted(set(made))


def test_ids_differ_though_the_clock_goes_back() -> None:
    maker = IdMaker(0, 0)
    made = [maker.next(milliseconds) for _ in range(1_000) for milliseconds in (5, 4)]
    assert len(set(made)) == len(made)


def test_threads_share_a_maker() -> None:
    maker, made = IdMaker(0, 0), []
    threads = [threading.Thread(target=lambda: made.extend([maker.next(7) for _ in range(5_000)])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 20_000


@given(st.text(max_size=40))
def test_other_texts_are_no_ids(text: str) -> None:
    assert parse_id(text) is None


def test_an_id_of_another_version_is_no_prediction_id() -> None:
    assert parse_id(str(uuid.uuid4())) is None
