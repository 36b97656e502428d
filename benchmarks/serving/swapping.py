"""A hundred changes of what is live while clients ask: what fails, what is mixed, and how long nobody is answered."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from asking import Client, Outcome, asking
from figure import Figure
from mixed_model import REASON
from one_row import one_row_bodies
from servers import ours

from millwright.errors import PackageRefused

if TYPE_CHECKING:
    from site_of_run import Site

CLIENTS, GAP_BAR = 4, 50.0


def figures(site: "Site") -> Iterator[Figure]:
    """Over `--swaps` changes, `--every` seconds apart, between two versions."""
    swaps, every = site.asked.swaps, site.asked.every
    site.say(f"{swaps} swaps, {every:g} s apart, {CLIENTS} clients")
    rows = [json.loads(body)["rows"][0] for body in one_row_bodies(site)[:200]]
    right = {name: _right(site, name, rows) for name in ("v2", "v3")}
    bodies = [json.dumps({"rows": [rows[i]]}).encode() for i in range(len(rows))]
    with ours(site) as serving:
        began = time.monotonic()
        with asking(serving.port, bodies, CLIENTS, pause=0.001) as askers:
            taken = [_swap(site, _other(site), every) for _ in range(swaps)]
        took = time.monotonic() - began
        refusal = _refused_swap(site, serving.port, bodies[0])
    answered = f"{len(askers.outcomes):,} requests in {swaps} swaps over {took:.0f} s"
    yield Figure("swap.failed", len(askers.failed), "", answered, 0.0)
    yield Figure("swap.mixed", _mixed(askers.outcomes, right), "", "answers that are not the named version's", 0.0)
    yield Figure("swap.gap", 1e3 * askers.longest_gap(), "ms", "the longest time without an answer", GAP_BAR)
    yield Figure("swap.seconds", sum(taken) / len(taken), "s", "of one `mw promote`")
    yield Figure(
        "swap.refused_said",
        float(refusal),
        "",
        "a package that was changed: refused, said, the old version answers",
        1.0,
        "higher",
    )


def _other(site: "Site") -> str:
    """The version that is not live."""
    return "v3" if site.project.releases(1)[0].version == 2 else "v2"


def _swap(site: "Site", name: str, every: float) -> float:
    """Make a version live by the command; how long it took."""
    began = time.monotonic()
    command = [sys.executable, "-m", "millwright", "-C", str(site.project.path.parent), "promote", name, "--reason", REASON]
    subprocess.run([*command, "--force"], env=site.environment, check=True, capture_output=True)
    took = time.monotonic() - began
    time.sleep(max(0.0, every - took))
    return took


def _right(site: "Site", name: str, rows: Sequence[Any]) -> tuple[str, set[float]]:
    """The payload of a version, and what it answers to rows."""
    from millwright.loop.opened import open_version

    version = next(version for version in site.project.versions(10) if version.name == name)
    scorer = open_version(site.project.workshop, version).scorer
    return version.payload_digest, {answer["probability"] for answer, _ in scorer.answer_rows(rows)}


def _mixed(outcomes: Sequence[Outcome], right: Mapping[str, tuple[str, set[float]]]) -> int:
    """Answers whose probability is not what the version that they name gives to any row asked for."""
    wrong = 0
    for _, _, status, body in outcomes:
        if status == 200:
            answer = json.loads(body)
            digest, values = right[answer["version"]]
            wrong += answer["payload"] != digest or answer["predictions"][0]["probability"] not in values
    return wrong


def _refused_swap(site: "Site", port: int, body: bytes) -> bool:
    """Whether a promotion of a damaged package says so and changes nothing."""
    before = json.loads(Client(port).predict(body))["version"]
    other = "v3" if before == "v2" else "v2"
    version = next(version for version in site.project.versions(10) if version.name == other)
    plan = site.project.workshop.home.packages / version.package / "plan.json"
    whole = plan.read_bytes()
    plan.chmod(0o600)
    plan.write_bytes(whole[:-1] + b" ")
    try:
        site.project.promote(other, reason=REASON, force=True)
    except PackageRefused:
        return bool(json.loads(Client(port).predict(body))["version"] == before)
    finally:
        plan.write_bytes(whole)
    return False
