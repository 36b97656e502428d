"""What is done short of learning anew: calibrating anew, asking for labels, pausing a trial while data is broken."""

from datetime import datetime

from millwright.policy.rules import broken_now, enough_labels, in_vain, of_live
from millwright.policy.situation import Intent, Situation
from millwright.policy.terms import all_hold, is_so, passed_since
from millwright.policy.value import in_budget, pays
from millwright.records.deciding import Finding
from millwright.records.spec import VALUES, Spec
from millwright.spec.durations import parse_duration

ORDER = "roc_auc"
"""The metric that looks at the order of the answers alone: calibrating anew changes nothing in it."""


def recalibrate(spec: Spec, s: Situation) -> Intent | None:
    """Outcomes shifted, or probabilities are worse than promised, while the order of the answers is as good as ever, or a model
    learnt anew since was no better: the calibration and what is decided by it are fitted anew, and the model stays. Once for
    each cause, or in the latter case for each version; a retrain comes next."""
    causes = tuple(f for f in of_live(s) if _of_calibration(f))
    if not causes or spec.search.metric == ORDER or spec.data.task in VALUES:
        return None
    since = min(f.since for f in causes)
    vain = _learnt_in_vain(s, since)
    if s.order_holds is None and not vain:
        return None
    terms = (
        is_so("found", ", ".join(f.check or f.kind for f in causes), "other outcomes, or worse probabilities", True),
        is_so(
            "the order of the answers",
            _said_of_order(s.order_holds, vain),
            "as promised, or a retrain since made no better model",
            bool(s.order_holds) or vain,
        ),
        passed_since("since the last retrain", s.last_retrain, s.now, parse_duration(spec.policy.cooldown)),
        *enough_labels(spec, s),
        *pays(spec, s, causes),
        in_budget(spec, s),
    )
    if not all_hold(terms):
        return None
    return Intent(
        action="recalibrate",
        version=None,
        rule="calibrate anew where only the outcomes moved" if s.order_holds else "calibrate anew after a retrain in vain",
        reason="; ".join(f.sentence for f in causes),
        case=f"recalibrate:v{s.live.version}:{since.isoformat() if s.order_holds else 'in vain'}",
        terms=terms,
        findings=tuple(f.id for f in causes),
    )


def _learnt_in_vain(s: Situation, since: datetime) -> bool:
    """Whether the newest retrain that ended was decided since then, and made no better model: too few rows are as things are
    now to learn all of it from, and few tell how often each outcome comes."""
    return in_vain(one for one in s.retrained if one.at >= since)


def _said_of_order(holds: bool | None, vain: bool) -> str:
    if holds:
        return "as promised"
    tried = "; a retrain since made no better model" if vain else ""
    return ("not known" if holds is None else "worse") + tried


def _of_calibration(finding: Finding) -> bool:
    return finding.kind == "label" or (finding.check == "decay" and finding.kind == "concept")


def ask_labels(spec: Spec, s: Situation) -> Intent | None:
    """Inputs moved so far that it may cost a page, and labels that would tell come late: a random few are asked for now."""
    moved = tuple(f for f in of_live(s) if f.kind == "covariate" and f.loss is not None and f.loss.page)
    if not moved:
        return None
    maturity = parse_duration(spec.watch.label_maturity or spec.data.label_delay)
    terms = (
        is_so("expected loss", "; ".join(f"{100 * f.loss.share:.3g} %" for f in moved if f.loss), "a page", True),
        is_so("labels are complete after", str(maturity), f"longer than watch.every ({spec.watch.every})",
              maturity > parse_duration(spec.watch.every)),
        passed_since("since labels were asked for", s.asked, s.now, parse_duration(spec.policy.cooldown)),
    )  # fmt: skip
    if not all_hold(terms):
        return None
    return Intent(
        action="ask_labels",
        version=s.live.version,
        rule="ask for labels where inputs moved and outcomes are not known yet",
        reason="; ".join(f.sentence for f in moved),
        case=f"ask_labels:v{s.live.version}:{min(f.since for f in moved).isoformat()}",
        terms=terms,
        findings=tuple(f.id for f in moved),
    )


def pause(_spec: Spec, s: Situation) -> Intent | None:
    """While data is broken a trial says nothing of its version: it stays where it is. Harm still ends it."""
    broken = broken_now(s)
    if not broken or s.trying is None or s.trying.paused is not None:
        return None
    return Intent(
        action="pause",
        version=s.trying.version,
        rule="pause a trial on data faults",
        reason="data is broken: " + "; ".join(f.sentence for f in broken),
        case=f"pause:v{s.trying.version}:{min(f.since for f in broken).isoformat()}",
        terms=(is_so("the data is whole", f"{len(broken)} found", "no fault", False),),
        findings=tuple(f.id for f in broken),
    )


def resume(_spec: Spec, s: Situation) -> Intent | None:
    """Data is whole again: a trial that the policy paused goes on. What a person paused stays paused."""
    if s.trying is None or s.trying.paused is None or not s.paused_by_policy:
        return None
    return Intent(
        action="resume",
        version=s.trying.version,
        rule="go on with a trial when data is whole again",
        reason="the newest look finds no broken data",
        case=f"resume:v{s.trying.version}:{s.now.isoformat()}",
        terms=(is_so("the data is whole", "no fault found", "no fault", True),),
    )
