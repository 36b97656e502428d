"""Where no trial came to its end, that is what the verdict says."""

from dataclasses import replace

import pytest

from millwright.loop.unfinished import more_time, with_unfinished
from millwright.records.judging import Verdict
from millwright.records.modelling import Candidate, FoldFit, Trial, TrialConfig
from millwright.records.spec import DataSpec, Spec
from millwright.search.race import NO_TIME

NOT_BEATEN = Verdict(state="inconclusive", gates=(), summary="nothing beats the baseline", champion=None)


FIT = FoldFit(
    fold=0, score=0.5, train_score=None, iterations=None, seconds=1.0, row_us=1.0, size=0, raw="", evaluator="", files={}
)


def trial(number, family, state="finished", reason="", fits=()):
    config, scores = TrialConfig(name=family, family=family), {"score": 0.5, "fold_scores": (), "train_score": None}
    return Trial(number=number, config=config, state=state, reason=reason, fits=fits, seconds=1.0, **scores)


BASELINE = trial(1, "baseline")
LATE = trial(2, "lightgbm", "out_of_time", "killed: still at work after 5 s")


def made_of(winner):
    return Candidate(
        trial=winner,
        baseline=BASELINE,
        evaluator="constant",
        files={},
        baseline_evaluator="constant",
        baseline_files={},
        out_of_fold="",
        metric="log_loss",
        importance=(),
    )


@pytest.mark.parametrize(
    ("others", "summary"),
    [
        (
            [LATE, trial(3, "net", "dropped", f"1 of 3 folds: {NO_TIME}", (FIT,))],
            "do not ship: no model but the baseline was finished: 2 of 2 trials ran out of time, lightgbm killed: "
            "still at work after 5 s; raise search.budget",
        ),
        (
            [LATE, trial(3, "net", "dropped", f"0 of 3 folds: {NO_TIME}")],
            "do not ship: no model but the baseline was finished: 1 of 2 trials ran out of time and 1 of 2 were not begun, "
            "lightgbm killed: still at work after 5 s; raise search.budget",
        ),
        (
            [LATE, trial(3, "net", "failed", "died")],
            "do not ship: no model but the baseline was finished: 1 of 2 trials ran out of time, 1 of 2 failed, "
            "lightgbm killed: still at work after 5 s, net died; raise search.budget",
        ),
        (
            [trial(2, "lightgbm", "failed", "died")],
            "do not ship: no model but the baseline was finished: 1 of 1 failed, lightgbm died; "
            "see what `mw runs show` says of them",
        ),
        ([LATE, trial(3, "linear")], "nothing beats the baseline"),
        (
            [LATE, replace(trial(3, "linear"), score=0.25)],
            "do not ship: linear had log_loss 0.2500, the baseline 0.5000, but no time was left to fit it once more: "
            "raise search.budget",
        ),
        ([], "nothing beats the baseline"),
    ],
)
def test_it_is_said_what_became_of_the_others(others, summary):
    said = with_unfinished(NOT_BEATEN, made_of(BASELINE), [BASELINE, *others], "search.budget")
    assert (said.summary, said.state) == (summary, "inconclusive")


def test_another_winner_was_finished():
    ensemble = trial(4, "ensemble")
    assert with_unfinished(NOT_BEATEN, made_of(ensemble), [BASELINE, LATE], "search.budget") == NOT_BEATEN


def test_a_retrain_has_a_budget_of_its_own():
    spec = Spec(project="p", data=DataSpec(source="a.csv", target="y", task="binary"))
    assert more_time(spec, "retrain-p-3") == more_time(spec, "0193") == "search.budget"
    own = replace(spec, retrain=replace(spec.retrain, budget="9s"))
    assert more_time(own, "retrain-p-3") == "retrain.budget"
    assert more_time(own, "0193") == "search.budget"
