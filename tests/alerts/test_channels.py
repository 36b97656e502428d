"""The channels against real receivers: servers that fail, stall, point elsewhere and come back."""

import json
import os
import stat
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alert_samples import NOW, a_decision, a_finding, a_message, an_alert, receiving
from hypothesis import given
from hypothesis import strategies as st

from millwright.alerts import http_post
from millwright.alerts.channel import Surroundings, Undeliverable
from millwright.alerts.channels import channel, kinds
from millwright.alerts.github_issue import as_issue
from millwright.alerts.http_post import post, refused
from millwright.alerts.markdown import plain
from millwright.alerts.signature import HEADER, check, sign
from millwright.alerts.slack import as_blocks
from millwright.errors import MillwrightError, NotFound
from millwright.records.alerting import Alert, Button
from millwright.records.deciding import Change
from millwright.records.spec import ChannelSpec
from millwright.spec.meaning_alerts import TAKES

ALARM = an_alert(a_finding("concept", "decay"), decided=(a_decision(evidence={"findings": ["concept-decay"], "terms": []}),))


def around(base: Path, **environment: str) -> Surroundings:
    return Surroundings(environment=environment, base=base, now=lambda: NOW)


def test_our_kinds_come_in_by_the_door_and_the_spec_knows_them() -> None:
    assert set(kinds()) >= set(TAKES)
    with pytest.raises(NotFound, match=r'"webhok".*did you mean "webhook"'):
        channel(ChannelSpec(name="a", kind="webhok"), around(Path()))


def test_a_webhook_is_signed_and_carries_an_id(tmp_path: Path) -> None:
    with receiving() as (receiver, url):
        spec = ChannelSpec(name="a", kind="webhook", url=url, secret="env:HOOK", token="file:t", private=True)
        (tmp_path / "t").write_text("letmein\n")
        channel(spec, around(tmp_path, HOOK="s3cret")).send(a_message(ALARM))
    ((path, headers, body),) = receiver.got
    assert path == "/hook?room=1"
    assert (headers["Idempotency-Key"], headers["Authorization"]) == ("f" * 32, "Bearer letmein")
    check(headers[HEADER], body, b"s3cret", NOW)
    said = json.loads(body)
    assert (said["schema"], said["severity"], len(said["alerts"])) == ("millwright.alerts/1", "alarm", 1)
    assert said["alerts"][0]["findings"][0]["changes"][0]["evidence"] == 6.5
    assert said["alerts"][0]["buttons"][0]["command"] == "mw explain-decision 7"


REFUSED = [
    ("t=1,v1=abc", b"body", b"key", timedelta(0), "signature.form"),
    (sign(b"body", b"key", NOW), b"bodi", b"key", timedelta(0), "signature.wrong"),
    (sign(b"body", b"key", NOW), b"body", b"other", timedelta(0), "signature.wrong"),
    (sign(b"body", b"key", NOW), b"body", b"key", timedelta(minutes=6), "signature.old"),
    (sign(b"body", b"key", NOW).replace("t=1", "t=2"), b"body", b"key", timedelta(0), "signature.wrong"),
]


@pytest.mark.parametrize(("header", "body", "key", "later", "code"), REFUSED)
def test_a_receiver_refuses_what_was_changed_or_is_old(
    header: str, body: bytes, key: bytes, later: timedelta, code: str
) -> None:
    check(sign(b"body", b"key", NOW), b"body", b"key", NOW + timedelta(minutes=4))
    with pytest.raises(MillwrightError) as error:
        check(header, body, key, NOW + later)
    assert error.value.code == code


BAD: list[tuple[Any, str]] = [
    (500, "it answered 500: as you wish"),
    (404, "it answered 404"),
    ((302, {"Location": "http://127.0.0.1:1/elsewhere"}), "it answered 302; redirects are not followed"),
]


@pytest.mark.parametrize(("answer", "words"), BAD)
def test_all_but_a_yes_is_a_message_not_sent(answer: Any, words: str) -> None:
    with receiving(answer) as (receiver, url), pytest.raises(Undeliverable, match=words):
        post(url, b"{}", {}, private=True)
    assert len(receiver.got) == 1


def test_how_long_a_receiver_asks_to_be_left_alone_is_kept() -> None:
    with receiving((429, {"Retry-After": "90"})) as (_receiver, url), pytest.raises(Undeliverable) as refusal:
        post(url, b"{}", {}, private=True)
    assert refusal.value.wait == timedelta(seconds=90)


@pytest.mark.parametrize("answer", ["stall", "trickle"])
def test_a_receiver_that_takes_for_ever_is_left(answer: str) -> None:
    """One that trickles as well: the whole conversation has an end, not each of its parts."""
    with receiving(answer) as (_receiver, url):
        began = time.monotonic()
        with pytest.raises(Undeliverable, match=r"no answer within 0\.4 s"):
            post(url, b"{}", {}, private=True, seconds=0.4)
        assert time.monotonic() - began < 10  # not the twenty that the receiver would take


def test_nobody_there() -> None:
    with receiving() as (_receiver, url):
        pass
    with pytest.raises(Undeliverable, match=r"[Rr]efused"):
        post(url, b"{}", {}, private=True)
    with pytest.raises(Undeliverable, match="the name is not known"):
        post("https://nobody.invalid/secret-path", b"{}", {})


def test_what_is_said_of_an_address_leaves_its_secret_part_out() -> None:
    with receiving(500) as (_receiver, url), pytest.raises(Undeliverable) as refusal:
        post(url.replace("hook", "T0000SECRET"), b"{}", {}, private=True)
    assert "SECRET" not in str(refusal.value)


ADDRESSES = [
    ("93.184.215.14", False, True),
    ("10.1.2.3", False, False),
    ("10.1.2.3", True, True),
    ("127.0.0.1", False, False),
    ("127.0.0.1", True, True),
    ("::1", False, False),
    ("::ffff:10.0.0.1", False, False),
    ("169.254.169.254", True, False),
    ("::ffff:169.254.169.254", True, False),
    ("fe80::1%eth0", True, False),
    ("0.0.0.0", True, False),
    ("224.0.0.1", True, False),
    ("100.64.0.1", False, False),
]


@pytest.mark.parametrize(("address", "private", "allowed"), ADDRESSES)
def test_where_is_posted_to(address: str, private: bool, allowed: bool) -> None:
    assert (refused(address, private) == "") is allowed


@pytest.mark.parametrize("url", ["http://example.com/x", "ftp://example.com", "https://", "https://[", "https://h:99999999/"])
def test_an_address_that_is_none_or_in_the_clear_is_refused(url: str) -> None:
    with pytest.raises(Undeliverable):
        post(url, b"{}", {})


def test_a_name_that_leads_home_is_refused_before_anything_is_sent() -> None:
    with receiving() as (receiver, url), pytest.raises(Undeliverable, match="no public address"):
        post(url.replace("http:", "https:").replace("127.0.0.1", "localhost"), b"{}", {})
    assert receiver.got == []


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is another address each time it is asked for is asked for once."""
    asked: list[str] = []

    def rebinding(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "169.254.169.254", port))]

    with receiving() as (receiver, url):
        real = http_post.socket.create_connection
        monkeypatch.setattr(http_post.socket, "getaddrinfo", rebinding)
        monkeypatch.setattr(http_post.socket, "create_connection", lambda where, timeout: _connect(real, where, timeout))
        post(url.replace("127.0.0.1", "hook.example"), b"{}", {}, private=True)
    assert asked == ["hook.example"]
    assert receiver.got[0][1]["Host"].startswith("hook.example:")


def _connect(real: Any, where: tuple[str, int], timeout: float) -> Any:
    """As the system does it: an address needs no look-up."""
    assert where[0][0].isdigit()
    import socket

    door = socket.socket()
    door.settimeout(timeout)
    door.connect(where)
    return door


def test_slack_gets_blocks_in_which_names_can_do_nothing() -> None:
    nasty = a_finding(sentence="<!channel> *bold* & <https://evil|link> drifted: mean 14", columns=("a`b",))
    with receiving() as (receiver, url):
        spec = ChannelSpec(name="a", kind="slack", url="env:SLACK_URL", private=True)
        channel(spec, around(Path(), SLACK_URL=url)).send(a_message(an_alert(nasty)))
    said = json.loads(receiver.got[0][2])
    words = json.dumps(said)
    assert said["blocks"][0]["type"] == "header"
    assert "<!channel>" not in json.dumps(said["blocks"][1:])
    assert "&lt;!channel&gt;" in words
    assert "10 -> 14" in words.replace("&gt;", ">")
    assert "mw ack 1" in words


def test_a_long_digest_fits_into_what_slack_takes() -> None:
    """With all that an alert can have: figures, rows, a long reason, links and long commands."""
    message = a_message(*(_long(n) for n in range(30)))
    linked = (replace(told, buttons=tuple(map(_linked, told.buttons))) for told in message.told)
    said = as_blocks(replace(message, told=tuple(linked)))
    assert len(said["blocks"]) <= 50
    texts = [block["text"]["text"] for block in said["blocks"] if "text" in block]
    assert max(map(len, texts)) <= 3000
    assert "24 more" in json.dumps(said)


def _long(number: int) -> Alert:
    change = Change(column="warmth", check="drift", was=1, now=2, unit="mean", effect=1, evidence=9, limit=4)
    fault = a_finding("data_fault", "unit", id=f"f{number}", sentence="x" * 9000, changes=(change,))
    hold = a_decision("hold", version=1, reason="y" * 9000, evidence={"findings": [fault.id]})
    return replace(an_alert(fault, decided=(hold,)), rows="mw log predictions " + "z" * 9000)


def _linked(button: Button) -> Button:
    return replace(button, link="https://mw.example.com/a", command="mw ack 1 " + "w" * 2000)


def test_an_issue_has_title_labels_and_a_body_that_names_its_message() -> None:
    with receiving(201) as (receiver, url):
        spec = ChannelSpec(name="a", kind="github_issue", url=url, token="env:T", labels=("model",), private=True)
        channel(spec, around(Path(), T="ghp")).send(a_message(ALARM))
    ((_path, headers, body),) = receiver.got
    said = json.loads(body)
    assert headers["Authorization"] == "Bearer ghp"
    assert said["title"] == "[alarm] kiosk: mean of v3 is worse than promised"
    assert said["labels"] == ["model", "alarm"]
    assert "| warmth, mean | `..........o---------#.` | 10 | 14 |" in said["body"] or "| warmth, mean | `" in said["body"]
    assert said["body"].rstrip().endswith(f"<!-- millwright message {'f' * 32} -->")


@given(st.text(max_size=40))
def test_markdown_shows_text_as_it_is(text: str) -> None:
    """No line of a table is ended, nobody is called, nothing becomes a link."""
    shown = plain(text)
    assert "\n" not in shown
    assert "@" not in shown
    bare = shown.replace("\\\\", "")
    assert all(bare[at - 1] == "\\" for at, letter in enumerate(bare) if letter in "|`[]<>*_")


def test_a_code_block_cannot_be_ended_by_a_name() -> None:
    nasty = a_finding("data_fault", "missing", columns=("a```b",))
    body = as_issue(a_message(an_alert(nasty)))["body"]
    assert "````\nmw log predictions" in body


def test_a_file_gets_a_line_for_each_message(tmp_path: Path) -> None:
    spec = ChannelSpec(name="a", kind="file", path="out.ndjson")
    for _ in range(2):
        channel(spec, around(tmp_path)).send(a_message(ALARM, an_alert(a_finding())))
    lines = (tmp_path / "out.ndjson").read_text().splitlines()
    assert [len(json.loads(line)["alerts"]) for line in lines] == [2, 2]
    assert stat.S_IMODE(os.stat(tmp_path / "out.ndjson").st_mode) == 0o600


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "out.ndjson").write_text('{"schema": "mill')
    channel(ChannelSpec(name="a", kind="file", path="out.ndjson"), around(tmp_path)).send(a_message(ALARM))
    assert json.loads((tmp_path / "out.ndjson").read_text().splitlines()[1])["id"] == "f" * 32


def test_a_file_that_cannot_be_written_is_a_message_not_sent(tmp_path: Path) -> None:
    spec = ChannelSpec(name="a", kind="github_issue", path="missing/folder/out")
    with pytest.raises(Undeliverable, match="No such file"):
        channel(spec, around(tmp_path)).send(a_message(ALARM))


MISSING = [("env:NOWHERE", "the variable NOWHERE is not set"), ("file:none", "cannot be read"), ("file:empty", "empty")]


@pytest.mark.parametrize(("reference", "words"), MISSING)
def test_a_secret_that_is_not_there_is_said_and_nothing_is_sent(tmp_path: Path, reference: str, words: str) -> None:
    (tmp_path / "empty").write_text("\n")
    with receiving() as (receiver, url):
        spec = ChannelSpec(name="a", kind="webhook", url=url, secret=reference, private=True)
        with pytest.raises(Undeliverable, match=words):
            channel(spec, around(tmp_path)).send(a_message(ALARM))
    assert receiver.got == []
