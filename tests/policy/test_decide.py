"""The policy: what is done in which situation, and that it is a pure function of it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.policy.decide import decide, mode_of
from millwright.policy.situation import Intent, Retrained, Situation
from millwright.policy.trials import LIKELY, UNTRIED
from millwright.records.spec import ReleaseSpec, RetrainSpec

from .situations import (
    BROKEN,
    DAY,
    DECAY,
    DRIFT,
    ERRORS,
    NOW,
    WORSE,
    a_candidate,
    a_finding,
    a_harm,
    a_live,
    a_situation,
    a_spec,
    a_trial,
)


def action(situation: Situation, **policy: Any) -> str | None:
    intent = decide(a_spec(**policy), situation)
    return intent.action if intent else None


def test_nothing_found_nothing_done() -> None:
    assert decide(a_spec(), a_situation()) is None


@pytest.mark.parametrize(("finding", "rule"), [(DRIFT, "retrain on drift"), (DECAY, "retrain on decay")])
def test_drift_that_matters_and_decay_start_a_retrain(finding: Any, rule: str) -> None:
    intent = decide(a_spec(), a_situation(finding))
    assert intent is not None
    assert (intent.action, intent.rule, intent.findings) == ("retrain", rule, (finding.id,))
    assert all(term.holds for term in intent.terms)


def test_what_the_spec_does_not_name_starts_nothing() -> None:
    assert action(a_situation(DRIFT), retrain_on=("decay",)) is None
    assert action(a_situation(DECAY), retrain_on=("drift",)) is None


def test_drift_of_columns_that_hardly_matter_starts_nothing() -> None:
    light = replace(DRIFT, weight=0.05)
    assert action(a_situation(light)) is None
    assert action(a_situation(light), drift_weight=0.05) == "retrain"


@pytest.mark.parametrize(
    "change",
    [
        {"last_retrain": NOW - 6 * DAY},
        {"new_labels": 199},
        {"retrain": 4},
        {"waiting": 5},
        {"trying": a_trial(since=NOW)},
    ],
)
def test_a_retrain_waits_for_cooldown_labels_and_whatever_is_under_way(change: dict[str, Any]) -> None:
    assert action(replace(a_situation(DRIFT), **change)) is None


def test_a_drift_is_answered_once() -> None:
    """Seen first in the window that ended at NOW; later it stands on, and is no news any more."""
    later = replace(a_situation(DRIFT), now=NOW + 14 * DAY)
    assert action(replace(later, last_retrain=NOW - DAY)) == "retrain"
    assert action(replace(later, last_retrain=NOW)) is None
    assert action(replace(later, last_retrain=NOW, live=a_live(since=NOW + DAY))) == "retrain", "for another model it is news"
    assert action(replace(later, last_retrain=NOW), schedule="14d") == "retrain"


def test_the_same_drift_in_a_slice_is_no_news() -> None:
    """A slice has fewer rows, and shows a week later what the whole has shown."""
    of_slice = replace(DRIFT, id="slice", slice="region is north", since=DRIFT.since + 7 * DAY)
    later = replace(a_situation(DRIFT, of_slice), now=NOW + 14 * DAY, last_retrain=NOW)
    assert action(later) is None
    assert action(replace(a_situation(of_slice), now=NOW + 14 * DAY, last_retrain=NOW)) == "retrain"


def test_too_few_sources_for_their_share_are_taken_in_equal_parts_and_that_is_said() -> None:
    told = replace(a_situation(DRIFT), labels_by_source=(("desk", 200), ("tower", 200)), new_labels=400)
    for share, said in ((0.3, "2 sources cannot each keep to 30%: equal parts"), (0.5, "what is above 50% of one source")):
        intent = decide(replace(a_spec(), retrain=RetrainSpec(source_share=share)), told)
        assert intent is not None
        assert any(said in term.limit for term in intent.terms)


def test_the_schedule_starts_a_retrain_by_itself() -> None:
    assert action(a_situation(), schedule="30d") == "retrain"
    assert action(a_situation(live=a_live(trained_at=NOW - 29 * DAY)), schedule="30d") is None
    assert action(a_situation(last_retrain=NOW - 8 * DAY), schedule="30d") is None


def test_newer_rows_are_tried_by_age_and_less_often_where_that_does_not_help() -> None:
    def tried(days: float, *better: bool | None, **more: Any) -> str | None:
        """Whether the next is due so many days after the last of some, the newest first, each better or not."""
        last = NOW - days * DAY
        past = tuple(Retrained(at=last - k * 90 * DAY, better=one) for k, one in enumerate(better))
        live = a_live(trained_at=NOW - 400 * DAY)
        return action(a_situation(live=live, last_retrain=last, retrained=past), **{"retrain_on": ("age",), **more})

    assert [tried(13.9, True), tried(14, True), tried(14)] == [None, "retrain", "retrain"]
    assert [tried(27.9, False), tried(28, False), tried(28, None, False, True)] == [None, "retrain", "retrain"]
    assert [tried(27.9, *[False] * 6), tried(28, *[False] * 6)] == [None, "retrain"], "however many were in vain"
    assert tried(200, retrain_on=("decay", "drift")) is None
    assert tried(14, True, schedule="90d") is None
    assert tried(14, True, retrain_cost=1.0) is None
    assert tried(14, True, min_labels=9000) is None
    assert tried(14, True, mode="advise") is None


def test_a_try_that_was_likely_better_does_not_put_off_the_next() -> None:
    live, last = a_live(trained_at=NOW - 400 * DAY), NOW - 14 * DAY
    older = Retrained(at=last - 90 * DAY, better=False)
    for likely, due in ((True, "retrain"), (False, None)):
        past = (Retrained(at=last, better=False, likely=likely), older, older)
        assert action(a_situation(live=live, last_retrain=last, retrained=past), retrain_on=("age",)) == due


def test_broken_data_holds_everything_that_goes_forward_and_is_said_once() -> None:
    for more in ({}, {"candidate": a_candidate()}, {"trying": a_trial(), "trying_passed": True}):
        intent = decide(a_spec(schedule="1d"), replace(a_situation(BROKEN, DRIFT, DECAY), **more))
        assert intent is not None
        assert intent.action == "hold"
        assert BROKEN.sentence in intent.reason
        again = replace(a_situation(BROKEN, DRIFT, DECAY), standing=frozenset({intent.case}), **more)
        then = decide(a_spec(schedule="1d"), again)
        if "trying" not in more:
            assert then is None
            continue
        assert then is not None
        assert then.action == "pause"
        paused = replace(again, trying=a_trial(paused="pause"), paused_by_policy=True)
        assert decide(a_spec(schedule="1d"), paused) is None


def test_worse_answers_to_rows_that_were_broken_hold_nothing_and_lead_nowhere_back() -> None:
    spoiled = replace(DECAY, kind="data_fault")
    assert action(a_situation(spoiled)) is None
    assert action(a_situation(spoiled, WORSE)) is None
    assert action(a_situation(spoiled, trying=a_trial(), trying_passed=True)) == "canary"


@pytest.mark.parametrize("finding", [ERRORS, WORSE])
def test_errors_and_a_worse_metric_soon_after_a_release_lead_back(finding: Any) -> None:
    intent = decide(a_spec(), a_situation(finding))
    assert intent is not None
    assert (intent.action, intent.version) == ("rollback", 1)


@pytest.mark.parametrize(
    "live",
    [a_live(since=NOW - 31 * DAY), a_live(before=None), a_live(by_person=True)],
    ids=["long ago", "nothing before", "a person's"],
)
def test_where_a_rollback_is_not_the_machines_to_do_it_is_an_alert_with_the_reason(live: Any) -> None:
    intent = decide(a_spec(), a_situation(ERRORS, live=live))
    assert intent is not None
    assert intent.action == "alert"
    assert "no rollback" in intent.reason
    assert not all(term.holds for term in intent.terms)


def test_the_guard_of_a_metric_waits_for_its_labels() -> None:
    spec = a_spec()
    late = replace(spec, watch=replace(spec.watch, label_maturity="30d"))
    old = a_live(since=NOW - 55 * DAY)
    worse, errors = decide(late, a_situation(WORSE, live=old)), decide(late, a_situation(ERRORS, live=old))
    assert worse is not None
    assert errors is not None
    assert (worse.action, errors.action) == ("rollback", "alert")


def test_a_metric_that_got_worse_on_broken_data_is_no_reason_to_roll_back() -> None:
    assert action(a_situation(WORSE, BROKEN)) == "hold"
    assert action(a_situation(ERRORS, BROKEN)) == "rollback"


@pytest.mark.parametrize("verdict", ["failed", "inconclusive", "refused"])
def test_what_did_not_pass_its_gates_is_refused(verdict: str) -> None:
    intent = decide(a_spec(), a_situation(candidate=a_candidate(verdict)))
    assert intent is not None
    assert (intent.action, intent.of) == ("refuse", 7)


def test_what_is_only_likely_better_is_refused_by_a_rule_of_its_own() -> None:
    intent = decide(a_spec(), a_situation(candidate=a_candidate("inconclusive", likely=True)))
    assert intent is not None
    assert (intent.action, intent.rule) == ("refuse", LIKELY)


def test_a_retrain_whose_time_was_too_short_is_refused_by_a_rule_of_its_own() -> None:
    intent = decide(a_spec(), a_situation(candidate=a_candidate("failed", untried=True)))
    assert intent is not None
    assert (intent.action, intent.rule) == ("refuse", UNTRIED)


def test_what_was_judged_against_another_version_than_the_live_one_is_refused() -> None:
    assert action(a_situation(candidate=a_candidate(against=1))) == "refuse"
    assert action(a_situation(candidate=a_candidate(against=None))) == "refuse"


@pytest.mark.parametrize(
    ("shadow", "canary", "first"), [("1d", "1d", "shadow"), ("0s", "1d", "canary"), ("0s", "0s", "promote")]
)
def test_a_challenger_goes_the_stages_that_the_spec_has(shadow: str, canary: str, first: str) -> None:
    spec = a_spec(release=ReleaseSpec(shadow=shadow, canary=canary))
    intent = decide(spec, a_situation(candidate=a_candidate()))
    assert intent is not None
    assert (intent.action, intent.version) == (first, 3)


def test_from_shadow_to_canary_to_all() -> None:
    def after(stage: str, **release: Any) -> Intent | None:
        spec = a_spec(release=ReleaseSpec(**release))
        return decide(spec, a_situation(trying=a_trial(stage), trying_passed=True))

    shadow, canary, short = after("shadow"), after("canary"), after("shadow", canary="0s")
    assert shadow is not None
    assert canary is not None
    assert short is not None
    assert [shadow.action, canary.action, short.action] == ["canary", "promote", "promote"]


def test_a_stage_that_is_not_over_goes_on() -> None:
    for passed in (True, False):
        assert decide(a_spec(), a_situation(trying=a_trial(since=NOW - DAY / 2, answered=3), trying_passed=passed)) is None


@pytest.mark.parametrize(
    ("trial", "passed", "waits"),
    [
        (a_trial(answered=99), True, "rows answered 99, it takes at least 100"),
        (a_trial(), False, "gates on labelled rows not passed, it takes passed"),
        (a_trial("canary", failed=11), True, "share of rows that failed 0.011, it takes at most 0.01"),
    ],
    ids=["too few rows", "gates not passed", "failures that are no proof yet"],
)
def test_at_its_deadline_without_harm_and_without_all_it_takes_a_trial_stays_and_says_so_once(
    trial: Any, passed: bool, waits: str
) -> None:
    situation = a_situation(trying=trial, trying_passed=passed)
    spec = replace(a_spec(), release=ReleaseSpec(deadline="3d"))
    intent = decide(spec, situation)
    assert intent is not None
    assert (intent.action, intent.version, intent.rule) == ("hold", 3, f"stay in {trial.stage}")
    assert intent.reason.endswith(waits)
    assert decide(spec, replace(situation, standing=frozenset({intent.case}))) is None
    later = replace(situation, trying=replace(trial, answered=2000), trying_passed=True, standing=frozenset({intent.case}))
    assert action(later) == ("promote" if trial.stage == "canary" else "canary"), "what was said stands in nothing's way"


def test_thin_traffic_does_not_hold_up_what_passed_beyond_the_deadline() -> None:
    thin = a_trial("canary", since=NOW - DAY, answered=1)
    intent = decide(a_spec(), a_situation(trying=thin, trying_passed=True))
    assert intent is not None
    assert intent.action == "promote"
    assert next(term.limit for term in intent.terms if term.name == "rows answered") == (
        "at least 1, as 100 did not come within 24 hours"
    )
    for waits in (replace(thin, answered=0), replace(thin, failed=1)):
        assert action(a_situation(trying=waits, trying_passed=True)) == "hold"
    longer = replace(a_spec(), release=ReleaseSpec(deadline="3d"))
    for days, then in ((2.9, "hold"), (3, "promote")):
        waits = replace(thin, since=NOW - days * DAY)
        assert decide(longer, a_situation(trying=waits, trying_passed=True)).action == then
    assert action(a_situation(trying=thin, trying_passed=False)) == "hold"


@pytest.mark.parametrize("test", ["failures", "quality"])
def test_harm_ends_a_trial_at_once(test: str) -> None:
    trial = a_trial(since=NOW, **{test: a_harm(shown=True)})
    intent = decide(a_spec(), a_situation(trying=trial, trying_passed=True))
    assert intent is not None
    assert intent.action == "abort"
    assert "log loss worse by 0.02, at most 0 tolerated, 900 rows; evidence 52, strong enough after 400 rows" in intent.reason
    assert "it takes evidence of 40, half of release.harm_alpha, 0.05, each" in intent.reason


def test_no_harm_shown_is_no_harm() -> None:
    for seen in (a_harm(), a_harm(worse=None, cannot="rows cannot be asked again")):
        trial = a_trial(failures=a_harm(), quality=seen, failed=10)
        assert action(a_situation(trying=trial, trying_passed=True)) == "canary"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("advise", {"retrain": "advise", "shadow": "advise", "rollback": "advise", "hold": "auto", "refuse": "auto"}),
        ("approve", {"retrain": "auto", "shadow": "approve", "rollback": "approve", "hold": "auto", "refuse": "auto"}),
        ("auto", {"retrain": "auto", "shadow": "auto", "rollback": "auto", "hold": "auto", "refuse": "auto"}),
    ],
)
def test_what_each_mode_may_do_by_itself(mode: str, expected: dict[str, str]) -> None:
    spec = a_spec(mode)
    found = {
        "retrain": decide(spec, a_situation(DRIFT)),
        "shadow": decide(spec, a_situation(candidate=a_candidate())),
        "rollback": decide(spec, a_situation(ERRORS)),
        "hold": decide(spec, a_situation(BROKEN)),
        "refuse": decide(spec, a_situation(candidate=a_candidate("failed"))),
    }
    assert {name: mode_of(spec, intent) for name, intent in found.items() if intent} == expected


def test_a_trial_that_a_person_approved_goes_its_way() -> None:
    spec = a_spec("approve")
    intent = decide(spec, a_situation(trying=a_trial(), trying_passed=True))
    assert intent is not None
    assert mode_of(spec, intent) == "auto"


@pytest.mark.parametrize(("mode", "expected"), [("advise", "advise"), ("approve", "approve"), ("auto", "approve")])
def test_where_it_takes_two_people_no_mode_lets_a_version_answer_clients(mode: str, expected: str) -> None:
    spec = a_spec(mode)
    spec = replace(spec, release=replace(spec.release, approvals=2))
    for stage in ("shadow", "canary"):
        intent = decide(spec, a_situation(trying=a_trial(stage=stage), trying_passed=True))
        assert intent is not None
        assert intent.action == ("canary" if stage == "shadow" else "promote")
        assert mode_of(spec, intent) == expected
    safer = decide(spec, a_situation(ERRORS))
    assert safer is not None
    assert mode_of(spec, safer) == mode_of(a_spec(mode), safer), "what makes it safer waits for no more people than before"


SHIFT, UNSEEN = a_finding("label", "label_shift", columns=()), a_finding("covariate", "unseen")
FINDINGS = st.lists(
    st.sampled_from([DRIFT, DECAY, BROKEN, ERRORS, WORSE, SHIFT, UNSEEN]),
    max_size=5,
    unique_by=lambda f: f.id,
)


@st.composite
def situations(draw: Any) -> Situation:
    ago = st.integers(0, 90).map(lambda days: NOW - days * DAY)
    trial = st.builds(
        a_trial,
        st.sampled_from(["shadow", "canary"]),
        since=ago,
        answered=st.integers(0, 1000),
        failed=st.integers(0, 20),
        failures=st.none() | st.builds(a_harm, shown=st.booleans()),
        quality=st.none() | st.builds(a_harm, shown=st.booleans()),
    )
    return a_situation(
        *draw(FINDINGS),
        live=a_live(since=draw(ago), by_person=draw(st.booleans()), before=draw(st.none() | st.just(1))),
        trying=draw(st.none() | trial),
        trying_passed=draw(st.booleans()),
        candidate=draw(st.none() | st.builds(a_candidate, st.sampled_from(["passed", "failed", "inconclusive"]))),
        retrain=draw(st.none() | st.just(9)),
        waiting=draw(st.none() | st.just(9)),
        last_retrain=draw(st.none() | ago),
        new_labels=draw(st.integers(0, 500)),
    )


@given(situations(), st.sampled_from(["advise", "approve", "auto"]))
def test_in_no_situation_is_a_promise_broken(situation: Situation, mode: str) -> None:
    spec = a_spec(mode, schedule="30d")
    intent = decide(spec, situation)
    assert intent == decide(spec, situation), "the same situation, the same intent"
    if intent is None:
        return
    broken = any(f.kind == "data_fault" for f in situation.findings)
    if broken:
        assert intent.action in ("hold", "rollback", "alert", "abort"), "nothing goes forward on broken data"
    if intent.action in ("promote", "canary"):
        assert situation.trying_passed, "nothing is promoted without labelled evidence"
    if situation.trying is not None and intent.action == "abort":
        assert any(harm and harm.shown for harm in (situation.trying.failures, situation.trying.quality))
    if intent.action == "shadow":
        assert situation.candidate is not None
        assert situation.candidate.verdict == "passed"
    if intent.action == "rollback":
        assert not situation.live.by_person, "what a person decided is not undone by the machine"
    if intent.action == "retrain":
        assert situation.retrain is None
        assert situation.trying is None
    assert decide(spec, replace(situation, standing=frozenset({intent.case}))) != intent, "nothing is said twice"


@pytest.mark.parametrize("stage", ["shadow", "canary"])
def test_what_a_person_paused_goes_nowhere_and_harm_still_ends_it_unless_it_is_on_hold(stage: str) -> None:
    spec, passed = a_spec(), {"trying_passed": True}
    ripe, harmful = a_trial(stage), a_trial(stage, failures=a_harm(shown=True))
    assert decide(spec, a_situation(trying=ripe, **passed)) is not None
    for how in ("pause", "hold"):
        assert decide(spec, a_situation(trying=replace(ripe, paused=how), **passed)) is None
    ended = decide(spec, a_situation(trying=replace(harmful, paused="pause"), **passed))
    assert ended is not None
    assert (ended.action, ended.version) == ("abort", 3)
    assert decide(spec, a_situation(trying=replace(harmful, paused="hold"), **passed)) is None
    back = decide(spec, a_situation(ERRORS, trying=replace(ripe, paused="hold"), **passed))
    assert back is not None
    assert back.action == "rollback", "what is live is another matter than what is tried"


def test_what_a_retrain_made_waits_for_the_trial_of_another() -> None:
    waiting = a_situation(candidate=a_candidate(version=4), trying=a_trial(paused="pause"))
    assert decide(a_spec(), waiting) is None
    taken = decide(a_spec(), replace(waiting, trying=None))
    assert taken is not None
    assert (taken.action, taken.version) == ("shadow", 4)


def test_what_a_random_sample_of_labels_shows_starts_a_retrain_as_decay_does() -> None:
    sampled = a_finding("concept", "label_sample", columns=())
    assert action(a_situation(sampled)) == "retrain"
    assert action(a_situation(sampled), retrain_on=("drift",)) is None
    assert action(a_situation(replace(sampled, kind="covariate")), retrain_on=("drift",)) is None


def test_a_retrain_says_how_many_labels_were_told_of_the_rows_it_counts() -> None:
    def term(**told: int) -> Any:
        intent = decide(a_spec(), replace(a_situation(DRIFT), **told))
        return next(t for t in intent.terms if t.name == "new labelled rows").value if intent else None

    assert term(new_labels=250, labels_told=250) == "250"
    assert term(new_labels=250, labels_told=1_000_000) == "250, each counted once in 1,000,000 labels told"
    assert term(new_labels=199, labels_told=1_000_000) is None
