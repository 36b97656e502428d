"""Signing in with a provider, which is a process of its own here: there and back again, and everything that must not do."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from console_world import Control, Who, control_of

from millwright.api.oidc.settings import read_oidc
from millwright.errors import SpecError
from millwright.loop.letting_in import first_link
from millwright.records.people import EVERYWHERE, Grant
from millwright.registry import audit, people
from millwright.stores.clock import SystemClock

CLIENT, SECRET = "console of the tests", "a secret: with / and %"
PAGE = {"Accept": "text/html"}


class There:
    """The provider as the tests see it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def next(self, **different: Any) -> None:
        httpx.post(f"{self.url}/next", json=different).raise_for_status()

    def lets_in(self, address: str) -> str:
        """Where a browser that was sent there is sent back to."""
        said = httpx.get(address)
        assert said.status_code == 302, said.text
        return said.headers["location"]


@pytest.fixture(scope="module")
def provider() -> Iterator[There]:
    command = [sys.executable, str(Path(__file__).with_name("provider_process.py")), CLIENT, SECRET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield There(process.stdout.readline().strip())
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def environment(provider: There) -> dict[str, str]:
    return {
        "MILLWRIGHT_OIDC_ISSUER": provider.url,
        "MILLWRIGHT_OIDC_CLIENT_ID": CLIENT,
        "MILLWRIGHT_OIDC_CLIENT_SECRET": SECRET,
        "MILLWRIGHT_OIDC_DOMAINS": "example.com",
        "MILLWRIGHT_OIDC_ROLES": "groups: ml-admins=admin@*, ml-team=operator@kiosk, everybody=viewer@kiosk",
    }


@pytest.fixture(scope="module")
def console(world: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Control]:
    folder = tmp_path_factory.mktemp("oidc") / "kiosk"
    shutil.copytree(world, folder)
    with ExitStack() as open_:
        with pytest.MonkeyPatch.context() as patch:  # others of this module have a console without a provider
            for name, value in environment.items():
                patch.setenv(name, value)
            control = open_.enter_context(control_of(folder))
        control.desk.extras["oidc"].clock = SystemClock()  # the provider's is the machine's, too
        first_link(control.shop, "root")
        yield control


@pytest.fixture(autouse=True)
def as_ever(provider: There, console: Control) -> None:
    provider.next()
    console.desk.rates.forget()
    console.desk.doorkeeper._by_address.forget()
    known = console.desk.extras["oidc"].provider
    known._described = known._keys = None


def begun(console: Control) -> tuple[str, Who]:
    """Where the browser is sent, and the browser with what it keeps."""
    said = console.get("session/oidc", headers=PAGE)
    assert said.status_code == 303
    cookie = said.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/api/v1/session/oidc" in cookie
    return said.headers["location"], Who("", {c.name: c.value or "" for c in said.cookies.jar}, {})


def returned(console: Control, browser: Who, back: str, accept: str = "application/json") -> httpx.Response:
    parts = urlsplit(back)
    return console.get(f"{parts.path}?{parts.query}", browser, headers={"Accept": accept})


def come_back(console: Control, provider: There) -> httpx.Response:
    address, browser = begun(console)
    return returned(console, browser, provider.lets_in(address))


def signed_in(console: Control, said: httpx.Response) -> dict[str, Any]:
    assert said.status_code == 303, said.text
    assert said.headers["location"] == "/"
    session = next(line for line in said.headers.get_list("set-cookie") if line.startswith(f"{console.desk.cookie}="))
    assert "SameSite=Strict" in session
    me = console.get("me", Who("", {console.desk.cookie: session.partition("=")[2].partition(";")[0]}, {}))
    assert me.status_code == 200
    return me.json()


def code_of(said: httpx.Response) -> str:
    assert said.status_code >= 400, said.headers
    return said.json()["error"]["code"]


def test_somebody_goes_there_and_comes_back_and_is_in(console: Control, provider: There) -> None:
    provider.next(claims={"groups": ["ml-team", "everybody"]})
    me = signed_in(console, come_back(console, provider))
    assert me["user"] == "ada@example.com"
    assert me["roles"] == [{"project": "kiosk", "role": "operator"}], "of two values the one that gives more counts"
    with console.catalogue.read() as view:
        actions = [entry.action for entry in audit.page(view, limit=3)]
    assert "oidc.use" in actions
    ways = console.get("session/ways").json()
    assert ways["oidc"] == {"name": "127.0.0.1", "start": "/api/v1/session/oidc"}


def test_roles_follow_the_claims_at_each_sign_in(console: Control, provider: There) -> None:
    provider.next(claims={"groups": "everybody"})
    assert signed_in(console, come_back(console, provider))["roles"] == [{"project": "kiosk", "role": "viewer"}]
    provider.next()
    assert signed_in(console, come_back(console, provider))["roles"] == []
    provider.next(claims={"groups": ["ml-admins"]})
    assert signed_in(console, come_back(console, provider))["everywhere"] == "admin"
    provider.next()
    assert signed_in(console, come_back(console, provider))["everywhere"] is None


def test_the_last_admin_of_all_stays_one(console: Control, provider: There) -> None:
    provider.next(claims={"groups": ["ml-admins"]})
    signed_in(console, come_back(console, provider))
    at = console.clock.now()
    with console.catalogue.write() as tx:
        people.take(tx, "root", EVERYWHERE, actor="test", at=at)
    provider.next()
    assert signed_in(console, come_back(console, provider))["everywhere"] == "admin"
    with console.catalogue.write() as tx:
        people.give(tx, "root", Grant(project=EVERYWHERE, role="admin"), actor="test", at=at)


@pytest.mark.parametrize(
    ("different", "code"),
    [
        ({"claims": {"iss": "https://elsewhere.example"}}, "oidc.token"),
        ({"claims": {"aud": "another client"}}, "oidc.token"),
        ({"claims": {"aud": [CLIENT, "another client"]}}, "oidc.token"),
        ({"claims": {"aud": [CLIENT, "another client"], "azp": "another client"}}, "oidc.token"),
        ({"claims": {"azp": "another client"}}, "oidc.token"),
        ({"claims": {"exp": 1_000_000_000}}, "oidc.token"),
        ({"claims": {"exp": None}}, "oidc.token"),
        ({"claims": {"iat": 9_000_000_000}}, "oidc.token"),
        ({"claims": {"nonce": "of another sign-in"}}, "oidc.token"),
        ({"claims": {"nonce": None}}, "oidc.token"),
        ({"claims": {"sub": None}}, "oidc.token"),
        ({"signed": "none"}, "oidc.token"),
        ({"signed": "shared"}, "oidc.token"),
        ({"signed": "stranger"}, "oidc.token"),
        ({"claims": {"email_verified": False}}, "oidc.name"),
        ({"claims": {"email_verified": None}}, "oidc.name"),
        ({"claims": {"email": None}}, "oidc.name"),
        ({"claims": {"email": "Robert'); DROP TABLE people;--@example.com"}}, "oidc.name"),
        ({"claims": {"email": "ada@example.com.evil.example"}}, "oidc.stranger"),
        ({"claims": {"email": "eve@evil.example", "groups": ["ml-admins"]}}, "oidc.stranger"),
        ({"claims": {"sub": "somebody who has the address now"}}, "oidc.other"),
        ({"returned": {"error": "access_denied"}}, "oidc.denied"),
        ({"returned": {"iss": "https://elsewhere.example"}}, "oidc.state"),
        ({"described": {"issuer": "https://elsewhere.example"}}, "oidc.unreachable"),
        ({"described": {"token_endpoint": "http://elsewhere.example/token"}}, "oidc.unreachable"),
    ],
)
def test_what_is_not_right_lets_nobody_in(console: Control, provider: There, different: dict[str, Any], code: str) -> None:
    signed_in(console, come_back(console, provider))
    console.desk.extras["oidc"].provider._described = None
    provider.next(**{name: value for name, value in different.items() if name != "described"})
    address, browser = begun(console)
    back = provider.lets_in(address)
    if "described" in different:
        provider.next(**different)
        console.desk.extras["oidc"].provider._described = None
    said = returned(console, browser, back)
    assert code_of(said) == code
    assert said.json()["error"]["fix"]
    assert not any(line.startswith(f"{console.desk.cookie}=") for line in said.headers.get_list("set-cookie"))


def test_a_state_counts_once_in_its_own_browser_and_for_a_while(console: Control, provider: There) -> None:
    address, browser = begun(console)
    back = provider.lets_in(address)
    other = Who("", dict.fromkeys(browser.cookies, "of another browser"), {})
    assert code_of(returned(console, other, back)) == "oidc.state"
    assert code_of(returned(console, browser, back)) == "oidc.state", "it was used up by the try"
    address, browser = begun(console)
    back = provider.lets_in(address)
    signed_in(console, returned(console, browser, back))
    assert code_of(returned(console, browser, back)) == "oidc.state"
    assert code_of(returned(console, browser, back.replace("state=", "state=x"))) == "oidc.state"
    address, browser = begun(console)
    begun_ = console.desk.extras["oidc"]._begun
    state, kept = begun_.popitem()
    begun_[state] = type(kept)(kept.nonce, kept.verifier, kept.browser, kept.redirect, 0.0)
    assert code_of(returned(console, browser, provider.lets_in(address))) == "oidc.state", "ten minutes are over"


def test_a_code_of_another_sign_in_is_refused_by_its_verifier(console: Control, provider: There) -> None:
    first, _ = begun(console)
    stolen = provider.lets_in(first).partition("code=")[2]
    address, browser = begun(console)
    back = provider.lets_in(address)
    assert code_of(returned(console, browser, back.partition("code=")[0] + f"code={stolen}")) == "oidc.denied"


def test_a_key_that_is_new_there_is_asked_for(console: Control, provider: There) -> None:
    signed_in(console, come_back(console, provider))
    provider.next(new_key=True)
    known = console.desk.extras["oidc"].provider
    known._keys = type(known._keys)(known._keys.at - 60, known._keys.said)
    signed_in(console, come_back(console, provider))


def test_who_was_sent_away_stays_away(console: Control, provider: There) -> None:
    who = {"email": "bob@example.com", "sub": "subject-of-bob"}
    provider.next(claims=who)
    signed_in(console, come_back(console, provider))
    with console.catalogue.write() as tx:
        people.end(tx, "bob@example.com", actor="root", at=console.clock.now())
    assert code_of(come_back(console, provider)) == "oidc.stranger"


def test_a_browser_is_told_on_the_sign_in_page_and_nothing_of_the_detail(console: Control, provider: There) -> None:
    provider.next(claims={"email": "eve@evil.example"})
    address, browser = begun(console)
    said = returned(console, browser, provider.lets_in(address), "text/html")
    assert (said.status_code, said.headers["location"]) == (303, "/sign-in#refused=oidc.stranger")
    assert "oidc.stranger" in console.get("session/ways").json()["refusals"]


def test_without_settings_there_is_no_such_way(control: Control) -> None:
    assert control.get("session/ways").json()["oidc"] is None
    assert code_of(control.get("session/oidc")) == "oidc.off"
    assert code_of(control.get("session/oidc/return?code=x&state=y")) == "oidc.off"


@pytest.mark.parametrize(
    ("different", "where"),
    [
        ({"MILLWRIGHT_OIDC_ISSUER": "http://login.example.com"}, "ISSUER"),
        ({"MILLWRIGHT_OIDC_CLIENT_ID": ""}, "CLIENT_ID"),
        ({"MILLWRIGHT_OIDC_CLIENT_SECRET_FILE": "/nowhere/secret"}, "CLIENT_SECRET_FILE"),
        ({"MILLWRIGHT_OIDC_ROLES": "groups: ml=emperor@kiosk"}, "ROLES"),
        ({"MILLWRIGHT_OIDC_ROLES": "ml=viewer@kiosk"}, "ROLES"),
        ({"MILLWRIGHT_OIDC_CONSOLE_URL": "ftp://here"}, "CONSOLE_URL"),
        ({"MILLWRIGHT_OIDC_CLIENTID": "x"}, "CLIENTID"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(environment: dict[str, str], different: dict[str, str], where: str) -> None:
    with pytest.raises(SpecError) as wrong:
        read_oidc({**environment, **different})
    assert str(wrong.value).startswith(f"MILLWRIGHT_OIDC_{where}: ")
    assert "\n" not in str(wrong.value)


def test_a_secret_comes_from_a_file_and_a_person_by_another_claim(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    more = {"MILLWRIGHT_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"), "MILLWRIGHT_OIDC_NAME_CLAIM": "upn"}
    settings = read_oidc({**environment, **more})
    assert settings is not None
    assert (settings.secret, settings.name_claim) == ("from a file", "upn")
    assert read_oidc({"MILLWRIGHT_OIDC_NAME": "nobody's"}) is None
