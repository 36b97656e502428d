"""Where no trial came to its end, that is what the verdict says."""

import pytest

from millwright.loop.unfinished import with_unfinished
from millwright.records.judging import Verdict
from millwright.records.modelling import FoldFit, Trial, TrialConfig
from millwright.search.race import NO_TIME

NOT_BEATEN = Verdict(state="inconclusive", gates=(), summary="nothing beats the baseline", champion=None)


FIT = FoldFit(
    fold=0, score=0.5, train_score=None, iterations=None, seconds=1.0, row_us=1.0, size=0, raw="", evaluator="", files={}
)


def trial(number, family, state="finished", reason="", fits=()):
    config, scores = TrialConfig(name=family, family=family), {"score": 0.5, "fold_scores": (), "train_score": None}
    return Trial(number=number, config=config, state=state, reason=reason, fits=fits, seconds=1.0, **scores)


BASELINE = trial(1, "baseline")


@pytest.mark.parametrize(
    ("others", "summary"),
    [
        (
            [trial(2, "lightgbm", "out_of_time"), trial(3, "net", "dropped", f"1 of 3 folds: {NO_TIME}", (FIT,))],
            "do not ship: no model but the baseline was finished: 2 of 2 trials ran out of time; raise search.budget",
        ),
        (
            [trial(2, "lightgbm", "out_of_time"), trial(3, "net", "dropped", f"0 of 3 folds: {NO_TIME}")],
            "do not ship: no model but the baseline was finished: 1 of 2 trials ran out of time and 1 of 2 were not begun; "
            "raise search.budget",
        ),
        (
            [trial(2, "lightgbm", "out_of_time"), trial(3, "net", "failed", "died")],
            "do not ship: no model but the baseline was finished: 1 of 2 trials ran out of time, 1 of 2 failed; "
            "raise search.budget",
        ),
        (
            [trial(2, "lightgbm", "failed", "died")],
            "do not ship: no model but the baseline was finished: 1 of 1 failed; see what `mw runs show` says of them",
        ),
        ([trial(2, "lightgbm", "out_of_time"), trial(3, "linear")], "nothing beats the baseline"),
        ([], "nothing beats the baseline"),
    ],
)
def test_it_is_said_what_became_of_the_others(others, summary):
    said = with_unfinished(NOT_BEATEN, BASELINE, [BASELINE, *others])
    assert (said.summary, said.state) == (summary, "inconclusive")


def test_another_winner_was_finished():
    ensemble = trial(4, "ensemble")
    assert with_unfinished(NOT_BEATEN, ensemble, [BASELINE, trial(2, "lightgbm", "out_of_time")]) == NOT_BEATEN
