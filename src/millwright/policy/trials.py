"""The rules of a trial: what was made is taken up, goes on from stage to stage, or is taken away."""

from typing import Literal

from millwright.policy.situation import Intent, Situation
from millwright.policy.terms import NOTHING, all_hold, at_least, at_most, is_so, passed_since
from millwright.records.deciding import Term
from millwright.records.spec import ReleaseSpec, Spec
from millwright.records.watching import Trying
from millwright.spec.durations import parse_duration


def abort(spec: Spec, s: Situation) -> Intent | None:
    """A challenger that cannot answer, or does surely worse on labelled rows, is taken away, unless a person holds it."""
    trying = s.trying
    if trying is None or trying.paused == "hold":
        return None
    broken = _failures(trying, spec)
    harm = _harm(trying)
    if broken.holds and harm.holds:
        return None
    failing = broken if not broken.holds else harm
    return Intent(
        action="abort",
        version=trying.version,
        rule=f"abort a {trying.stage} that does harm",
        reason=f"v{trying.version} in {trying.stage}: {failing.name} {failing.value}, {failing.limit}",
        case=f"abort:v{trying.version}:{trying.since.isoformat()}",
        terms=(broken, harm),
    )


def step_forward(spec: Spec, s: Situation) -> Intent | None:
    """A challenger whose stage is over, without harm, goes on to the next one; only what passed its gates on labelled rows,
    and none that a person paused."""
    trying = s.trying
    if trying is None or trying.paused is not None:
        return None
    release = spec.release
    lasts = parse_duration(release.shadow if trying.stage == "shadow" else release.canary)
    terms = (
        passed_since(f"time in {trying.stage}", trying.since, s.now, lasts),
        at_least("rows answered", trying.answered, release.min_rows),
        _failures(trying, spec),
        _harm(trying),
        is_so("gates on labelled rows", "passed" if s.trying_passed else "not passed", "passed", s.trying_passed),
    )
    if not all_hold(terms):
        return None
    canary = trying.stage == "shadow" and parse_duration(release.canary) > NOTHING
    return Intent(
        action="canary" if canary else "promote",
        version=trying.version,
        rule=f"go on after {trying.stage}",
        reason=(
            f"v{trying.version} passed its gates on labelled rows and then answered {trying.answered:,} rows "
            f"in {trying.stage}, {trying.failed:,} of them failed"
        ),
        case=f"forward:v{trying.version}:{trying.since.isoformat()}",
        terms=terms,
    )


def take_up(spec: Spec, s: Situation) -> Intent | None:
    """What the last retrain made: tried where it passed its gates against what is live now, else refused."""
    made = s.candidate
    if made is None:
        return None
    terms = (
        is_so("verdict", made.verdict, "passed", made.verdict == "passed"),
        is_so(
            "judged against", f"v{made.against}" if made.against else "nothing", f"v{s.live.version}, which is live",
            made.against == s.live.version,
        ),
    )  # fmt: skip
    if made.version is None or not all_hold(terms):
        return Intent(
            action="refuse",
            version=made.version,
            rule="promotion needs labelled evidence against what is live",
            reason=_why_refused(made.version, made.verdict, made.summary, terms),
            case=f"refuse:{made.of}",
            terms=terms,
            of=made.of,
        )
    first = _first_stage(spec.release)
    return Intent(
        action=first,
        version=made.version,
        rule="a challenger that passed is tried" if first != "promote" else "a challenger that passed is released",
        reason=made.summary,
        case=f"try:{made.of}",
        terms=terms,
        of=made.of,
    )


def _failures(trying: Trying, spec: Spec) -> Term:
    share = trying.failed / trying.answered if trying.answered else 0.0
    return at_most("share of rows that failed", share, spec.watch.error_rate)


def _harm(trying: Trying) -> Term:
    """Whether labelled rows that both answered show harm: the whole interval of the difference below 0."""
    difference = trying.comparison.difference if trying.comparison else None
    if difference is None or difference.value is None or difference.high is None:
        return is_so("labelled comparison", "no labels yet", "no harm shown", True)
    value = f"{difference.value:+.4g} ({difference.low:+.4g} to {difference.high:+.4g}, {difference.n:,} rows)"
    return is_so("labelled comparison", value, "no harm shown: not wholly below 0", difference.high >= 0)


def _first_stage(release: ReleaseSpec) -> Literal["shadow", "canary", "promote"]:
    if parse_duration(release.shadow) > NOTHING:
        return "shadow"
    return "canary" if parse_duration(release.canary) > NOTHING else "promote"


def _why_refused(version: int | None, verdict: str, summary: str, terms: tuple[Term, ...]) -> str:
    if version is None:
        return f"the retrain made no version: {summary}"
    if verdict != "passed":
        return f"v{version} is not released: {summary}"
    return f"v{version} is not released: it was judged against {terms[1].value}, and that is not what is live now"
