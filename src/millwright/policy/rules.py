"""The rules about what is live, each by itself: it gives an intent, or none where it has nothing to say."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from millwright.policy.situation import Intent, Retrained, Situation
from millwright.policy.terms import NOTHING, all_hold, at_least, is_so, passed_since, span
from millwright.policy.value import costs_nothing, in_budget, pays
from millwright.records.deciding import Finding, Term
from millwright.records.spec import Spec
from millwright.spec.durations import parse_duration

ON_DECAY = "retrain on decay"
"""The rule by which a retrain is begun since the live version does worse than it promised."""
LABELLED = ("decay", "label_sample")
"""Checks by which labels show a metric below its promise: all that came, or a random few that were asked for."""


def faults(situation: Situation) -> tuple[Finding, ...]:
    """The findings that say that data is, or that judged rows were, broken: no metric is judged on it."""
    return tuple(finding for finding in situation.findings if finding.kind == "data_fault")


def broken_now(situation: Situation) -> tuple[Finding, ...]:
    """Those that say that data is broken now: nothing is learnt from it and nothing goes forward on it. That answers to rows
    of a broken time were worse comes to light when their labels do, and the feed may long be whole again; so may labels be
    that were flipped."""
    return tuple(finding for finding in faults(situation) if finding.check != "decay" and finding.until is None)


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


def retrain(spec: Spec, s: Situation) -> Intent | None:
    """Decay, drift that matters, or the schedule start a retrain: not too often, one at a time, with enough new labels, where
    it is expected to pay. A metric that stays below its promise when the retrains are spent is a person's to decide on."""
    for rule, reason, trigger, found in _triggers(spec, s):
        terms = (
            *trigger,
            passed_since("since the last retrain", s.last_retrain, s.now, parse_duration(spec.policy.cooldown)),
            *enough_labels(spec, s),
            *pays(spec, s, found),
        )
        left = in_budget(spec, s)
        decayed = any(f.check in LABELLED for f in found)
        if all_hold(terms) and (left.holds or decayed):
            since = min((f.since for f in found), default=s.now).isoformat()
            return Intent(
                action="retrain",
                version=None,
                rule=rule if left.holds else "ask a person when the retrains are spent",
                reason=reason if left.holds else f"{reason} (the retrains of policy.retrains are spent)",
                case=f"retrain:{s.now.isoformat()}" if left.holds else f"ask:retrain:v{s.live.version}:{since}",
                terms=(*terms, left),
                findings=tuple(f.id for f in found),
                ask=not left.holds,
            )
    return None


Trigger = tuple[str, str, tuple[Term, ...], tuple[Finding, ...]]


def _triggers(spec: Spec, s: Situation) -> Iterator[Trigger]:
    policy = spec.policy
    decayed = tuple(f for f in of_live(s) if f.check in LABELLED and f.kind != "data_fault")
    if "decay" in policy.retrain_on and decayed:
        terms = (is_so("decay", decayed[0].sentence, "a metric below its promise", True),)
        yield ON_DECAY, "; ".join(f.sentence for f in decayed), terms, decayed
    drifted = tuple(
        f for f in of_live(s) if f.kind in ("covariate", "label") and f.check not in (*LABELLED, "older", "callers")
    )
    news = tuple(f for f in drifted if _is_news(f, drifted, spec, s))
    if "drift" in policy.retrain_on and news:
        weight = max(f.weight if f.weight is not None else 1.0 for f in news)
        drift = (at_least("importance of what drifted", weight, policy.drift_weight),)
        yield "retrain on drift", "; ".join(f.sentence for f in news), drift, news
    newest = max(s.live.trained_at, s.last_retrain or s.live.trained_at)
    if policy.schedule is not None:
        due = (passed_since("since the last training", newest, s.now, parse_duration(policy.schedule)),)
        yield "retrain on schedule", f"policy.schedule is {policy.schedule}", due, ()
    elif "age" in policy.retrain_on and policy.mode != "advise":  # a try is no advice
        vain = in_vain(s.retrained)
        due = (passed_since("since the last training", newest, s.now, parse_duration(policy.refresh) * (2 if vain else 1)),)
        doubled = ", doubled since the last retrain made no better model" if vain else ""
        yield "retrain by age", f"policy.refresh is {policy.refresh}{doubled}", (*due, *costs_nothing(spec)), ()


def in_vain(retrained: Iterable[Retrained]) -> bool:
    """Whether the newest retrain that ended made no better model. One that was likely better was not in vain: a later one has
    more rows to show it by."""
    newest = next((one for one in retrained if one.better is not None), None)
    return newest is not None and not (newest.better or newest.likely)


def enough_labels(spec: Spec, s: Situation) -> tuple[Term, ...]:
    """Rows of the log with a new label are counted, each once however often it was told; labels that come with the source are
    not seen before it is read."""
    if spec.retrain.data == "source":
        return ()
    enough = at_least("new labelled rows", s.new_labels, spec.policy.min_labels)
    if s.labels_told > s.new_labels:
        enough = replace(enough, value=f"{enough.value}, each counted once in {s.labels_told:,} labels told")
    if len(s.labels_by_source) < 2:
        return (enough,)
    shares = ", ".join(f"{name} {rows / s.new_labels:.0%}" for name, rows in s.labels_by_source)
    most, sources = spec.retrain.source_share, len(s.labels_by_source)
    limit = "any share" if most is None else f"what is above {most:.0%} of one source is left out"
    if most is not None and most * sources < 1:
        limit = f"{sources} sources cannot each keep to {most:.0%}: equal parts are taken of them"
    return (enough, is_so("labels by source", shares, limit, True))


def _is_news(finding: Finding, drifted: Sequence[Finding], spec: Spec, s: Situation) -> bool:
    """Whether a drift was first seen after the last retrain, in any column of it: slices show the same later. What was answered
    once is not answered again each week: whether a model of newer rows does better is then a matter of decay and of the
    schedule."""
    of_it = (other.since for other in drifted if other is finding or set(other.columns) & set(finding.columns))
    seen = min(of_it) + parse_duration(spec.watch.window)
    return s.last_retrain is None or s.last_retrain < max(seen, s.live.since)
