"""The rules, each by itself: it gives an intent, or none where it has nothing to say."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

from millwright.policy.situation import Intent, Situation
from millwright.policy.terms import all_hold, at_least, at_most, is_so, passed_since, span
from millwright.records.deciding import Finding, Term
from millwright.records.spec import ReleaseSpec, Spec
from millwright.records.watching import Trying
from millwright.spec.durations import parse_duration

NOTHING = timedelta(0)


def faults(situation: Situation) -> tuple[Finding, ...]:
    """The findings that say that data is, or that judged rows were, broken: no metric is judged on it."""
    return tuple(finding for finding in situation.findings if finding.kind == "data_fault")


def broken_now(situation: Situation) -> tuple[Finding, ...]:
    """Those that say that data is broken now: nothing is learnt from it and nothing goes forward on it. That answers to rows
    of a broken time were worse comes to light when their labels do, and the feed may long be whole again."""
    return tuple(finding for finding in faults(situation) if finding.check != "decay")


def of_live(situation: Situation) -> tuple[Finding, ...]:
    """The findings about what is live now: what was found of the version before it is no reason to act on this one."""
    return tuple(finding for finding in situation.findings if finding.version in (None, situation.live.version))


def roll_back(spec: Spec, s: Situation) -> Intent | None:
    """Errors, latency or a metric surely worse than that of the version before, soon after a release: go back.

    What a person released is not undone by the machine: then it is an alert.
    """
    serving = tuple(f for f in of_live(s) if f.check in ("errors", "latency"))
    worse = () if faults(s) else tuple(f for f in of_live(s) if f.check == "worse_than_before")
    causes = serving or worse
    if not causes:
        return None
    guard = parse_duration(spec.policy.guard) + (NOTHING if serving else _until_labels(spec))
    terms = (
        is_so("found", ", ".join(f.check or f.kind for f in causes), "errors, latency or worse than before", True),
        is_so("released", f"{span(s.now - s.live.since)} ago", f"within {span(guard)}", s.now - s.live.since <= guard),
        is_so("the version before", f"v{s.live.before}" if s.live.before else "none", "one to go back to", bool(s.live.before)),
        is_so("released by", "a person" if s.live.by_person else "the policy", "the policy", not s.live.by_person),
    )
    reason = "; ".join(f.sentence for f in causes)
    found = tuple(f.id for f in causes)
    case = f"rollback:v{s.live.version}:{s.live.since.isoformat()}"
    if all_hold(terms):
        rule = "roll back on errors or latency" if serving else "roll back on a worse metric"
        return Intent(
            action="rollback", version=s.live.before, rule=rule, reason=reason, case=case, terms=terms, findings=found
        )
    failing = next(term for term in terms if not term.holds)
    said = f"{reason} (no rollback: {failing.name} is {failing.value})"
    return Intent(
        action="alert",
        version=s.live.version,
        rule="serving or metric worse",
        reason=said,
        case=f"alert:{case}:{','.join(sorted(f.check or '' for f in causes))}",
        terms=terms,
        findings=found,
    )


def _until_labels(spec: Spec) -> timedelta:
    """What a metric says of a release is known so much later: the guard waits for it."""
    return parse_duration(spec.watch.label_maturity or spec.data.label_delay)


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


def hold(_spec: Spec, s: Situation) -> Intent | None:
    """On broken data nothing is learnt and nothing goes forward; said once for each fault."""
    broken = broken_now(s)
    if not broken:
        return None
    checks = sorted(f"{f.check}:{','.join(sorted(f.columns))}:{f.since.isoformat()}" for f in broken)
    return Intent(
        action="hold",
        version=s.live.version,
        rule="hold on data faults",
        reason="no retrain and no release while data is broken: " + "; ".join(f.sentence for f in broken),
        case=f"hold:{'|'.join(checks)}",
        terms=(
            is_so("the data is whole", f"{len(broken)} {'fault' if len(broken) == 1 else 'faults'} found", "no fault", False),
        ),
        findings=tuple(f.id for f in broken),
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


def retrain(spec: Spec, s: Situation) -> Intent | None:
    """Decay, drift that matters, or the schedule start a retrain: not too often, one at a time, with enough new labels."""
    for rule, reason, trigger, found in _triggers(spec, s):
        terms = (
            *trigger,
            passed_since("since the last retrain", s.last_retrain, s.now, parse_duration(spec.policy.cooldown)),
            *_new_labels(spec, s),
        )
        if all_hold(terms):
            return Intent(
                action="retrain",
                version=None,
                rule=rule,
                reason=reason,
                case=f"retrain:{s.now.isoformat()}",
                terms=terms,
                findings=tuple(f.id for f in found),
            )
    return None


Trigger = tuple[str, str, tuple[Term, ...], tuple[Finding, ...]]


def _triggers(spec: Spec, s: Situation) -> Iterator[Trigger]:
    policy = spec.policy
    decayed = tuple(f for f in of_live(s) if f.check == "decay" and f.kind != "data_fault")
    if "decay" in policy.retrain_on and decayed:
        terms = (is_so("decay", decayed[0].sentence, "a metric below its promise", True),)
        yield "retrain on decay", "; ".join(f.sentence for f in decayed), terms, decayed
    drifted = tuple(f for f in of_live(s) if f.kind in ("covariate", "label") and f.check != "decay")
    news = tuple(f for f in drifted if _is_news(f, spec, s))
    if "drift" in policy.retrain_on and news:
        weight = max(f.weight if f.weight is not None else 1.0 for f in news)
        drift = (at_least("importance of what drifted", weight, policy.drift_weight),)
        yield "retrain on drift", "; ".join(f.sentence for f in news), drift, news
    if policy.schedule is not None:
        newest = max(s.live.trained_at, s.last_retrain or s.live.trained_at)
        due = (passed_since("since the last training", newest, s.now, parse_duration(policy.schedule)),)
        yield "retrain on schedule", f"policy.schedule is {policy.schedule}", due, ()


def _new_labels(spec: Spec, s: Situation) -> tuple[Term, ...]:
    """Labels of the log are counted; those that come with the source are not seen before it is read."""
    if spec.retrain.data == "source":
        return ()
    return (at_least("new labelled rows", s.new_labels, spec.policy.min_labels),)


def _is_news(finding: Finding, spec: Spec, s: Situation) -> bool:
    """Whether a drift was first seen after the last retrain. What was answered once is not answered again each week: whether
    a model of newer rows does better is then a matter of decay and of the schedule."""
    seen = finding.since + parse_duration(spec.watch.window)
    return s.last_retrain is None or s.last_retrain < max(seen, s.live.since)


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
