"""The rules of a trial: what was made is taken up, goes on from stage to stage, or is taken away."""

from dataclasses import replace
from typing import Literal

from millwright.policy.situation import Candidate, Intent, Situation
from millwright.policy.terms import NOTHING, all_hold, at_least, at_most, is_so, passed_since, span
from millwright.records.deciding import Term
from millwright.records.figures import figure
from millwright.records.spec import ReleaseSpec, Spec
from millwright.records.watching import Harm, Trying
from millwright.spec.durations import parse_duration

LIKELY = "likely better than what is live, but not surely"
UNTRIED = "the retrain had too little time to finish a model"
"""The rule by which a challenger is refused that a later one may take further."""


def abort(spec: Spec, s: Situation) -> Intent | None:
    """A challenger that surely fails more than is tolerated, or does surely worse on labelled rows, is taken away, as soon as
    that is shown, unless a person holds it."""
    trying = s.trying
    if trying is None or trying.paused == "hold":
        return None
    terms = _harm(trying, spec)
    failing = next((term for term in terms if not term.holds), None)
    if failing is None:
        return None
    return Intent(
        action="abort",
        version=trying.version,
        rule=f"abort a {trying.stage} that does harm",
        reason=f"v{trying.version} in {trying.stage}: {failing.name}: {failing.value}; {failing.limit}",
        case=f"abort:v{trying.version}:{trying.since.isoformat()}",
        terms=terms,
    )


def step_forward(spec: Spec, s: Situation) -> Intent | None:
    """A challenger whose stage is over, without harm, goes on to the next one; only what passed its gates on labelled rows,
    and none that a person paused. Where something is missing, it stays, which is said once."""
    trying = s.trying
    if trying is None or trying.paused is not None:
        return None
    over, terms = _over(spec, trying, s), _needed(spec, trying, s)
    if not over.holds or not all_hold(_harm(trying, spec)):
        return None
    if not all_hold(terms):
        return _stay(trying, (over, *terms))
    canary = trying.stage == "shadow" and parse_duration(spec.release.canary) > NOTHING
    return Intent(
        action="canary" if canary else "promote",
        version=trying.version,
        rule=f"go on after {trying.stage}",
        reason=(
            f"v{trying.version} passed its gates on labelled rows and then answered {trying.answered:,} rows "
            f"in {trying.stage}, {trying.failed:,} of them failed"
        ),
        case=f"forward:v{trying.version}:{trying.since.isoformat()}",
        terms=(over, *terms),
    )


def _stay(trying: Trying, terms: tuple[Term, ...]) -> Intent:
    """No harm is shown, and something that it takes to go on is missing."""
    missing = [term for term in terms if not term.holds]
    waits = "; ".join(f"{term.name} {term.value}, it takes {term.limit}" for term in missing)
    return Intent(
        action="hold",
        version=trying.version,
        rule=f"stay in {trying.stage}",
        reason=f"v{trying.version} stays in {trying.stage}, which did no harm and is over: {waits}",
        case=f"stay:v{trying.version}:{trying.since.isoformat()}:{','.join(term.name for term in missing)}",
        terms=terms,
    )


def _over(spec: Spec, trying: Trying, s: Situation) -> Term:
    lasts = parse_duration(spec.release.shadow if trying.stage == "shadow" else spec.release.canary)
    return passed_since(f"time in {trying.stage}", trying.since, s.now, lasts)


def _needed(spec: Spec, trying: Trying, s: Situation) -> tuple[Term, ...]:
    """What it takes to go on once a stage is over."""
    share = trying.failed / trying.answered if trying.answered else 0.0
    return (
        _rows(spec.release, trying, s),
        at_most("share of rows that failed", share, spec.watch.error_rate),
        *_harm(trying, spec),
        is_so("gates on labelled rows", "passed" if s.trying_passed else "not passed", "passed", s.trying_passed),
    )


def _rows(release: ReleaseSpec, trying: Trying, s: Situation) -> Term:
    """Rows enough, or, after the deadline, one: no traffic is so thin that a model that passed its gates waits for ever."""
    deadline = parse_duration(release.deadline)
    if s.now - trying.since < deadline or trying.answered >= release.min_rows:
        return at_least("rows answered", trying.answered, release.min_rows)
    term = at_least("rows answered", trying.answered, 1)
    return replace(term, limit=f"{term.limit}, as {release.min_rows:,} did not come within {span(deadline)}")


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
            rule=_rule_against(made),
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


def _rule_against(made: Candidate) -> str:
    if made.untried:
        return UNTRIED
    return LIKELY if made.likely else "promotion needs labelled evidence against what is live"


def _harm(trying: Trying, spec: Spec) -> tuple[Term, ...]:
    """Whether failures or labelled rows show harm, with the arithmetic of each."""
    alpha = f"half of release.harm_alpha, {spec.release.harm_alpha:.3g}, each"
    named = (("harm by failures", trying.failures, "no rows yet"), ("labelled comparison", trying.quality, "no labels yet"))
    return tuple(_shown(name, harm, nothing, alpha) for name, harm, nothing in named)


def _shown(name: str, harm: Harm | None, nothing: str, alpha: str) -> Term:
    if harm is None or harm.worse is None:
        return is_so(name, harm.cannot if harm and harm.cannot else nothing, "no harm shown", True)
    limit = f"{'harm is' if harm.shown else 'no harm'} shown: it takes evidence of {harm.needed:.3g}, {alpha}"
    return is_so(name, _arithmetic(harm), limit, not harm.shown)


def _arithmetic(harm: Harm) -> str:
    """How much worse, on how many rows, and how strong the evidence is."""
    gap = f"{harm.what} {figure(harm.worse)}, at most {harm.tolerated:.3g} tolerated, {harm.rows:,} rows"
    if harm.shown_at is None:
        return f"{gap}; evidence {harm.evidence:.3g}, at most {harm.largest:.3g} so far"
    after = f"{harm.shown_after:,} rows, known at {harm.shown_at:%Y-%m-%d %H:%M} UTC"
    return f"{gap}; evidence {harm.evidence:.3g}, strong enough after {after}"


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
