"""Keys: their text, what they open, until when, and how many guesses are heard."""

import re
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.errors import Unavailable
from millwright.serve.access import Access, Permission
from millwright.serve.attempts import A_SECOND, BURST, Attempts
from millwright.serve.keys.file import keys_path, local_key, read_keys, write_keys
from millwright.serve.keys.ring import KeyRing
from millwright.serve.keys.text import id_of, new_key
from millwright.serve.keys.used import read_used
from millwright.serve.keys.watch import KeyWatch
from millwright.serve.refusal import RequestRefused

from .key_samples import HOUR, NOW, add, bearer, known, sent

LETTERS = string.digits + string.ascii_letters
AT = NOW.timestamp()
KEY, OTHER = new_key(), new_key()


def outcome(access: Access, *texts: str, permission: Permission = Permission.PREDICT, project: str | None = "toy") -> int:
    """The status of a request with these keys."""
    try:
        access.check(permission, sent(*texts), project)
    except RequestRefused as refused:
        return refused.status
    return 200


def with_keys(*keys: Any) -> Access:
    return Access("127.0.0.1", ring=KeyRing(keys))


def test_a_key_is_known_by_its_form_and_hardly_ever_comes_twice() -> None:
    keys = {new_key() for _ in range(200)}
    assert len(keys) == 200
    for key in keys:
        assert re.fullmatch(r"mw_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", key)
        assert id_of(key.encode()) == key[3:11]
    assert len({key[12] for key in keys}) > 10, "the secret does not begin with the same digits"


@given(st.integers(0, len(KEY) - 1), st.sampled_from(LETTERS))
def test_one_wrong_letter_is_found_without_asking_anybody(place: int, letter: str) -> None:
    typo = KEY[:place] + letter + KEY[place + 1 :]
    assert (id_of(typo.encode()) is None) == (typo != KEY)


@given(st.binary(max_size=80))
def test_no_other_bytes_are_a_key(raw: bytes) -> None:
    assert id_of(raw) is None
    assert KeyRing([known(KEY)]).find(b"Bearer " + raw, AT) is None
    assert KeyRing([known(KEY)]).find(raw, AT) is None


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER "])
def test_a_key_is_taken_whatever_the_case_of_its_scheme(scheme: str) -> None:
    assert KeyRing([known(KEY)]).find(f"{scheme}{KEY}".encode(), AT)


@pytest.mark.parametrize("header", ["", "{}", "Basic {}", "Bearer", "Bearer  {}", "Bearer {} ", "Bearer {}, Bearer {}"])
def test_a_key_in_another_dress_is_none(header: str) -> None:
    assert KeyRing([known(KEY)]).find(header.format(KEY, KEY).encode(), AT) is None


def test_a_key_with_the_id_of_another_and_its_own_secret_is_none() -> None:
    ring = KeyRing([replace(known(OTHER), id=known(KEY).id)])
    assert ring.find(f"Bearer {KEY}".encode(), AT) is None


OPENS = {
    "predict": {Permission.PREDICT, Permission.ASK_MODELS},
    "labels": {Permission.LABEL},
    "read": {Permission.READ_METRICS, Permission.ASK_MODELS},
}


@pytest.mark.parametrize("scope", OPENS)
def test_a_scope_opens_what_it_says_and_nothing_else(scope: str) -> None:
    access = with_keys(known(KEY, scope))
    for permission in Permission:
        allowed = permission in OPENS[scope] or permission is Permission.ASK_HEALTH
        assert outcome(access, KEY, permission=permission) == (200 if allowed else 403)
        assert outcome(access, permission=permission) == (200 if permission is Permission.ASK_HEALTH else 401)


def test_a_key_for_one_project_opens_no_other() -> None:
    access = with_keys(known(KEY, projects=("toy", "trips")))
    assert [outcome(access, KEY, project=name) for name in ("toy", "trips", "other", None)] == [200, 200, 403, 403]


def test_one_answer_for_every_key_that_is_none() -> None:
    """Missing, mistyped, unknown, expired, revoked, twice: the answer does not tell which."""
    expired, revoked = new_key(), new_key()
    access = with_keys(known(KEY), known(expired, expires_at=NOW - HOUR), known(revoked, revoked_at=NOW - HOUR))
    told = set()
    for texts in ((), ("mw_x",), (OTHER,), (expired,), (revoked,), (KEY, KEY), (KEY, OTHER)):
        with pytest.raises(RequestRefused) as refused:
            access.check(Permission.PREDICT, sent(*texts))
        told.add((refused.value.status, *refused.value.as_record().values()))
    assert len(told) == 1
    assert outcome(access, KEY) == 200


def test_a_key_ends_while_it_is_remembered() -> None:
    ring = KeyRing([known(KEY, expires_at=NOW + HOUR)])
    header = f"Bearer {KEY}".encode()
    assert ring.find(header, AT)
    assert ring.find(header, AT + 3599)
    assert ring.find(header, AT + 3600) is None


def test_what_was_remembered_is_dropped_with_its_ring() -> None:
    access = with_keys(known(KEY))
    assert outcome(access, KEY) == 200
    access.take(KeyRing([known(OTHER)]))
    assert [outcome(access, KEY), outcome(access, OTHER)] == [401, 200]


def test_guesses_are_limited_and_a_good_key_is_not() -> None:
    access, heard = with_keys(known(KEY)), []
    access.on_refusal = heard.append
    statuses = [outcome(access, OTHER) for _ in range(int(BURST) + 200)]
    assert statuses[: int(BURST)] == [401] * int(BURST)
    assert statuses.count(429) > 100
    assert outcome(access, KEY) == 200
    assert (heard.count("unknown"), heard.count("limited")) == (statuses.count(401), statuses.count(429))


@given(st.lists(st.floats(0, 5), min_size=1, max_size=300))
def test_no_more_failures_are_told_than_the_bucket_holds(pauses: list[float]) -> None:
    attempts, now, told = Attempts(at=0.0), 0.0, 0
    for pause in pauses:
        now += pause
        told += attempts.take(now)
    assert told <= BURST + A_SECOND * now + 1e-6
    assert told >= min(len(pauses), BURST)


def test_the_file_holds_no_key(tmp_path: Path) -> None:
    text = add(tmp_path, "predict", "read")
    raw = keys_path(tmp_path).read_bytes()
    assert text.encode() not in raw
    assert text[12:40].encode() not in raw
    assert keys_path(tmp_path).stat().st_mode & 0o077 == 0
    assert read_keys(tmp_path)[0].scopes == ("predict", "read")


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"schema": "millwright.api_keys/1", "keys": [{"id": 1}]}', b"\xff"])
def test_a_damaged_file_is_said_so(tmp_path: Path, raw: bytes) -> None:
    write_keys(tmp_path, [])
    keys_path(tmp_path).write_bytes(raw)
    with pytest.raises(Unavailable, match="cannot be read") as refused:
        read_keys(tmp_path)
    assert refused.value.code == "keys.damaged"


def test_the_watch_takes_keys_up_keeps_them_through_damage_and_drops_them_with_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    access = with_keys()
    watch = KeyWatch(tmp_path, access)
    text = add(tmp_path)
    watch.look()
    assert outcome(access, text) == 200
    keys_path(tmp_path).write_bytes(b"{")
    watch.look()
    watch.look()
    assert outcome(access, text) == 200
    assert capsys.readouterr().err.count("cannot be read") == 1
    keys_path(tmp_path).unlink()
    watch.look()
    assert outcome(access, text) == 401


def test_when_a_key_was_used_is_written_once_and_outlives_a_restart(tmp_path: Path) -> None:
    texts = [add(tmp_path) for _ in range(2)]
    ids = [id_of(text.encode()) for text in texts]
    for number, text in enumerate(texts):
        access = with_keys()
        watch = KeyWatch(tmp_path, access, worker=3)
        watch.start()
        outcome(access, text)
        assert len(read_used(tmp_path)) == number, "not yet"
        add(tmp_path)  # other keys, another ring: what was used before is not forgotten
        watch.look()
        watch.stop()
        assert set(read_used(tmp_path)) == {*ids[: number + 1]}
    written = (tmp_path / "access" / "used-3.json").stat().st_mtime_ns
    watch = KeyWatch(tmp_path, with_keys(), worker=3)
    watch.start()
    watch.stop()
    assert (tmp_path / "access" / "used-3.json").stat().st_mtime_ns == written, "nothing new, nothing written"


def test_the_machines_own_key_reads_and_does_nothing_else(tmp_path: Path) -> None:
    access = with_keys()
    watch = KeyWatch(tmp_path, access)
    watch.start()
    watch.stop()
    mine = local_key(tmp_path)
    assert local_key(tmp_path) == mine
    assert bearer(mine)["Authorization"].startswith("Bearer mw_")
    assert outcome(access, mine, permission=Permission.READ_METRICS) == 200
    assert outcome(access, mine) == 403
    assert (tmp_path / "access" / "local.key").stat().st_mode & 0o077 == 0
