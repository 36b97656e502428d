"""What the environment says of the provider. It is not in the spec: who may change a spec must not change who is let in."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from millwright.errors import Problem, SpecError, nearest
from millwright.records.people import ROLES, Grant
from millwright.records.record import record

PREFIX = "MILLWRIGHT_OIDC_"
EMAIL = "email"
_KNOWN = (
    *("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_FILE", "DOMAINS", "ROLES", "NAME", "NAME_CLAIM", "SCOPES"),
    "CONSOLE_URL",
)
_RULE = re.compile(r"(?P<value>[^=,]+)=(?P<role>[a-z]+)@(?P<project>[^,@]+)\Z")
_LOCAL = ("localhost", "127.0.0.1", "::1")


@record
class RoleRule:
    """Who has that value in the claim is that in a project, or in all."""

    value: str
    grant: Grant


@record
class OidcSettings:
    """The provider, and who may come in by it. secret: empty for a public client. domains: of the addresses that are let in
    without having been entered before. role_claim, rules: the claim that says what somebody is, and how. name_claim: what a
    person is called by. console_url: where browsers find the console; empty: where they ask."""

    issuer: str
    client_id: str
    secret: str
    domains: tuple[str, ...]
    role_claim: str
    rules: tuple[RoleRule, ...]
    name: str
    name_claim: str
    scopes: str
    console_url: str


def read_oidc(environment: Mapping[str, str]) -> OidcSettings | None:
    """What is set; None where no issuer is. Raises SpecError for what is wrong, with the variable that it is in."""
    said = {name.removeprefix(PREFIX): text.strip() for name, text in environment.items() if name.startswith(PREFIX)}
    for name in said:
        if name not in _KNOWN:
            raise _wrong(name, "there is no such setting", nearest(name, _KNOWN) or f"one of {', '.join(_KNOWN)}")
    if not said.get("ISSUER"):
        return None
    _refuse_missing_libraries()
    issuer = _url(said, "ISSUER")
    if not said.get("CLIENT_ID"):
        raise _wrong("CLIENT_ID", "it is not set", "write the id that the provider gave this console")
    claim, rules = _rules(said.get("ROLES", ""))
    return OidcSettings(
        issuer=issuer,
        client_id=said["CLIENT_ID"],
        secret=_secret(said),
        domains=tuple(one.strip().lower().lstrip("@") for one in said.get("DOMAINS", "").split(",") if one.strip()),
        role_claim=claim,
        rules=rules,
        name=said.get("NAME", "") or urlsplit(issuer).hostname or issuer,
        name_claim=said.get("NAME_CLAIM", "") or EMAIL,
        scopes=said.get("SCOPES", "") or "openid email profile",
        console_url=_url(said, "CONSOLE_URL").rstrip("/") if said.get("CONSOLE_URL") else "",
    )


def is_safe(url: str) -> bool:
    """Whether what is sent there goes encrypted, or stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)


def _url(said: Mapping[str, str], name: str) -> str:
    url = said[name]
    if not is_safe(url) or urlsplit(url).query or urlsplit(url).fragment:
        raise _wrong(name, f"{url!a} is no https address", "write one such as https://login.example.com")
    return url


def _secret(said: Mapping[str, str]) -> str:
    file = said.get("CLIENT_SECRET_FILE", "")
    if not file:
        return said.get("CLIENT_SECRET", "")
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong("CLIENT_SECRET_FILE", f"{file} cannot be read", "check its path and permissions") from error


def _rules(text: str) -> tuple[str, tuple[RoleRule, ...]]:
    """groups: ml-admins=admin@*, ml-team=operator@flights"""
    if not text:
        return "", ()
    claim, colon, rest = text.partition(":")
    found = [_RULE.match(one.strip()) for one in rest.split(",")]
    if not colon or not claim.strip() or not all(one is not None and one["role"] in ROLES for one in found):
        fix = f"write CLAIM: VALUE=ROLE@PROJECT, ... with a role of {', '.join(ROLES)}; * stands for all projects"
        raise _wrong("ROLES", f"{text!a} says no roles", fix)
    rules = (RoleRule(value=m["value"].strip(), grant=Grant(project=m["project"], role=m["role"])) for m in found if m)  # type: ignore[arg-type]
    return claim.strip(), tuple(rules)


def _refuse_missing_libraries() -> None:
    for library in ("joserfc", "httpx"):
        if find_spec(library) is None:
            raise _wrong("ISSUER", f"signing in with a provider needs {library}", "pip install 'millwright[oidc]'")


def _wrong(name: str, what: str, fix: str) -> SpecError:
    return SpecError([Problem(f"{PREFIX}{name}", what, fix)])
