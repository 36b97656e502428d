"""`mw keys`: shown once, stored hashed, listed, rotated, revoked, audited."""

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from test_commands import answer

from millwright.errors import Conflict, MillwrightError, NotFound, SpecError, Unavailable
from millwright.project import Project
from millwright.registry import audit
from millwright.serve.keys.file import KeyFile, read_keys
from millwright.serve.keys.ring import KeyRing
from millwright.stores.clock import SystemClock
from mw_command import mw
from sample_projects import begin

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project that nobody trained."""
    return begin(tmp_path_factory.mktemp("adult"), "adult.csv", "income").path.parent


@pytest.fixture
def project(begun: Path, tmp_path: Path) -> Project:
    return Project(shutil.copytree(begun, tmp_path / "adult"))


def opens(project: Project, text: str, later: timedelta = timedelta()) -> bool:
    """Whether a server of this project would take the key."""
    at = (SystemClock().now() + later).timestamp()
    return KeyRing(read_keys(project.workshop.home.root)).find(f"Bearer {text}".encode(), at) is not None


def audited(project: Project) -> list[str]:
    with project.workshop.catalogue.read() as view:
        assert audit.verify(view).ok
        return [entry.action for entry in audit.page(view) if entry.subject.startswith("api-key")]


def test_a_key_is_printed_once_and_opens_until_it_is_revoked(project: Project) -> None:
    folder = project.path.parent
    made = mw("keys", "create", "shop", "--scopes", "predict, labels", "--expires", "90d", cwd=folder)
    assert re.fullmatch(r"mw_\w{8}_\w{49}\n", made.stdout), "on stdout stands the key and nothing else"
    assert "not shown again" in made.stderr
    text = made.stdout.strip()
    assert opens(project, text)
    assert not opens(project, text, timedelta(days=90))
    listed = mw("keys", "list", cwd=folder)
    assert text not in listed.stdout
    assert re.search(r"shop +\w{8} +predict,labels +all +in force +20\S+ +never", listed.stdout)
    revoked = mw("keys", "revoke", "shop", "--json", cwd=folder)
    assert answer(revoked) == {"schema": "millwright.api_keys/1", "revoked": [text[3:11]]}
    assert not opens(project, text)
    assert project.api_keys()[0]["state"] == "revoked"
    assert audited(project) == ["api_key.revoke", "api_key.create"]
    for file in project.workshop.home.root.rglob("*"):
        assert not file.is_file() or text.encode() not in file.read_bytes()


def test_rotation_leaves_the_old_key_its_grace(project: Project) -> None:
    old = project.create_api_key("shop", ["predict"], expires=timedelta(days=30), projects=[project.spec.project])
    new = project.rotate_api_key("shop", grace=HOUR)
    assert (new.key.scopes, new.key.projects) == (old.key.scopes, old.key.projects)
    assert new.key.expires_at is not None
    assert new.key.expires_at - new.key.created_at == timedelta(days=30)
    assert [opens(project, text, later) for text in (old.text, new.text) for later in (timedelta(), 2 * HOUR)] == [
        True,
        False,
        True,
        True,
    ]
    newest = project.rotate_api_key("shop", grace=timedelta())
    assert [opens(project, made.text) for made in (new, newest)] == [False, True]
    assert len(project.revoke_api_key("shop")) >= 1
    assert not any(opens(project, made.text) for made in (old, new, newest)), "every key of the name"
    with pytest.raises(NotFound):
        project.rotate_api_key("shop")


MISTAKES = {
    "a scope that is none": (["predct"], {}, SpecError, 'did you mean "predict"?'),
    "no scope": ([], {}, SpecError, "choose from predict, labels, read"),
    "a project that is none": (["predict"], {"projects": ["adlt"]}, NotFound, 'did you mean "adult"?'),
    "metrics of one project": (["read"], {"projects": ["adult"]}, SpecError, "the metrics speak of every project"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_makes_no_key(project: Project, name: str) -> None:
    scopes, how, kind, words = MISTAKES[name]
    with pytest.raises(kind, match=re.escape(words)):
        project.create_api_key("shop", scopes, **how)  # type: ignore[arg-type]
    assert project.api_keys() == []


@pytest.mark.parametrize("name", ["", " shop", "a\nb", "a" * 65])
def test_what_is_no_name_is_refused(project: Project, name: str) -> None:
    with pytest.raises(SpecError, match="no name"):
        project.create_api_key(name, ["predict"])


def test_a_name_has_one_key_and_is_free_again_after_its_end(project: Project) -> None:
    project.create_api_key("shop", ["predict"])
    with pytest.raises(Conflict, match="mw keys rotate shop"):
        project.create_api_key("shop", ["labels"])
    with pytest.raises(NotFound, match="did you mean"):
        project.revoke_api_key("shopp")
    project.revoke_api_key("shop")
    project.create_api_key("shop", ["labels"])
    assert [key["state"] for key in project.api_keys()] == ["revoked", "in force"]


def test_a_key_that_cannot_be_written_is_not_in_the_audit(project: Project) -> None:
    project.create_api_key("shop", ["predict"])
    path = project.workshop.home.root / "access" / "keys.json"
    path.unlink()
    path.mkdir()
    with pytest.raises(MillwrightError):
        project.create_api_key("till", ["predict"])
    assert audited(project) == ["api_key.create"]
    path.rmdir()
    assert KeyFile(keys=()).keys == read_keys(project.workshop.home.root)


def test_a_server_that_others_can_reach_is_not_started_without_a_key(project: Project) -> None:
    for start in (project.up, project.keep_up):
        for auth, code in ((None, "auth.no_key"), ("keys", "auth.no_key"), ("none", "auth.open")):
            with pytest.raises(Unavailable) as refused:
                start(host="0.0.0.0", port=0, auth=auth)  # type: ignore[operator]
            assert refused.value.code == code
    done = mw("up", "--host", "0.0.0.0", "--port", "0", "--json", cwd=project.path.parent)
    assert done.returncode == 1
    assert answer(done)["error"]["code"] == "auth.no_key"
    assert "mw keys create" in done.stderr
    assert len(done.stderr.splitlines()) == 1
