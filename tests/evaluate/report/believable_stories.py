"""A made-up but believable story: nine months of flights, a look every week, one week of broken data."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from millwright.records.codec import to_plain
from millwright.records.deciding import Decision, Finding, Term
from millwright.records.judging import Interval
from millwright.records.replaying import Gap, Life, Month, Story, Trial, Way

ZONE = ZoneInfo("America/New_York")
START = datetime(2013, 4, 1, tzinfo=ZONE).astimezone(UTC)
END = datetime(2014, 1, 1, tzinfo=ZONE).astimezone(UTC)
FAULT = "wx_temp sent in °C instead of °F"


def look(week):
    """Midnight in New York, so many weeks after the start."""
    return (START.astimezone(ZONE) + timedelta(weeks=week)).astimezone(UTC)


def story(**changes):
    """The story of the flights."""
    base = Story(
        project="flights",
        start=START,
        end=END,
        zone="America/New_York",
        predictions=246_318,
        labels=239_204,
        failed=3,
        seconds=754.2,
        label_delay="14 days",
        window="7 days",
        injected=((look(23), look(24), FAULT),),
        lives=(
            Life(version=1, start=START, until=look(13), actor="a.person", reason="first model, every gate passed"),
            Life(version=2, start=look(13), until=look(33), actor="policy", reason="v2 passed its gates on labelled rows"),
            Life(version=4, start=look(33), until=None, actor="policy", reason="v4 passed its gates on labelled rows"),
        ),
        trials=(
            Trial(version=2, stage="shadow", start=look(10), until=look(12)),
            Trial(version=2, stage="canary", start=look(12), until=look(13)),
            Trial(version=4, stage="shadow", start=look(30), until=look(32)),
            Trial(version=4, stage="canary", start=look(32), until=look(33)),
            Trial(version=5, stage="shadow", start=look(37), until=None),
        ),
        ways=ways(),
        gaps=gaps(),
        goals={"roc_auc": "max", "brier": "min"},
        titles={"roc_auc": "AUC", "brier": "Brier score"},
        decisions=decisions(),
        findings=findings(),
    )
    return replace(base, **changes)


ROWS = {4: 27_410, 5: 28_128, 6: 26_075, 7: 28_293, 8: 28_756, 9: 27_122, 10: 28_618, 11: 26_971, 12: 17_831}
AUC = {
    "policy": (0.7012, 0.6954, 0.6801, 0.6873, 0.6790, 0.6702, 0.6811, 0.6842, 0.6883),
    "never": (0.7012, 0.6954, 0.6788, 0.6731, 0.6655, 0.6571, 0.6602, 0.6548, 0.6502),
    "always": (0.7012, 0.6971, 0.6814, 0.6858, 0.6803, 0.6610, 0.6822, 0.6838, 0.6879),
}
BRIER = {
    "policy": (0.1402, 0.1475, 0.1712, 0.1688, 0.1501, 0.1287, 0.1204, 0.1231, 0.1688),
    "never": (0.1402, 0.1475, 0.1721, 0.1734, 0.1566, 0.1369, 0.1290, 0.1322, 0.1791),
    "always": (0.1402, 0.1469, 0.1706, 0.1692, 0.1497, 0.1341, 0.1199, 0.1233, 0.1692),
}
OVERALL = {"policy": (0.6841, 0.1463), "never": (0.6718, 0.1514), "always": (0.6836, 0.1466)}
TITLES = {"policy": "this policy", "never": "never retrain", "always": "every window"}
RETRAINS = {"policy": 5, "never": 0, "always": 9}


def interval(value, low, high, n=239_204):
    return Interval(value=value, low=low, high=high, n=n)


def ways():
    return tuple(
        Way(
            name=name,
            title=title,
            retrains=RETRAINS[name],
            months=tuple(
                Month(month=f"2013-{month:02d}", n=n, metrics={"roc_auc": AUC[name][i], "brier": BRIER[name][i]})
                for i, (month, n) in enumerate(ROWS.items())
            ),
            overall={
                "roc_auc": interval(OVERALL[name][0], OVERALL[name][0] - 0.0048, OVERALL[name][0] + 0.0051),
                "brier": interval(OVERALL[name][1], OVERALL[name][1] - 0.0032, OVERALL[name][1] + 0.0034),
            },
        )
        for name, title in TITLES.items()
    )


def gaps():
    return (
        Gap(against="never", metric="roc_auc", difference=interval(0.0123, 0.0042, 0.0211)),
        Gap(against="always", metric="roc_auc", difference=interval(0.0005, -0.0031, 0.0043)),
        Gap(against="never", metric="brier", difference=interval(0.0051, 0.0022, 0.0083)),
        Gap(against="always", metric="brier", difference=interval(0.0003, -0.0011, 0.0018)),
    )


def term(name, value, limit, holds=True):
    return Term(name=name, value=value, limit=limit, holds=holds)


def decision(number, week, action, version, rule, reason, terms, found=(), of=None, actor="policy", mode="auto"):
    return Decision(
        number=number,
        project="flights",
        action=action,
        version=version,
        actor=actor,
        rule=rule,
        reason=reason,
        evidence={"case": f"{action}:{number}", "findings": list(found), "terms": [to_plain(each) for each in terms]},
        event_at=look(week),
        known_at=look(week),
        mode=mode,
        of=of,
    )


def retrain_terms(importance, since, labels):
    return (
        term("importance of what drifted", importance, "at least 0.1"),
        term("since the last retrain", since, "at least 21 days"),
        term("new labelled rows", labels, "at least 5,000"),
    )


def stage_terms(stage, lasts, rows, failed="0"):
    return (
        term(f"time in {stage}", lasts, f"at least {lasts}"),
        term("rows answered", rows, "at least 500"),
        term("share of rows that failed", failed, "at most 0.01"),
        term("labelled comparison", "+0.0081 (+0.0022 to +0.0139, 5,914 rows)", "no harm shown: not wholly below 0"),
        term("gates on labelled rows", "passed", "passed"),
    )


SHIFT = "wx_temp drifted: its mean went from 39.8 to 61.2, 9.1 standard errors beyond its usual variation"
DECAY = "AUC fell to 0.652 (interval 0.641 to 0.664): below 0.687, what v1 showed when it was released"
OUTCOMES = "The share of arr_late15 rose from 22 % to 29 %"
UNIT = "wx_temp looks like another unit: 87 % of values lie below the usual 1 % quantile; °C instead of °F would explain it"
PASSED = "every gate passed: AUC 0.6893, better than the live v1 by 0.0102 (interval 0.0041 to 0.0166)"
UNDECIDED = "AUC 0.6790 against 0.6782: better by 0.0008 (interval -0.0040 to 0.0061), not all of it is above 0"
MADE = (term("verdict", "passed", "passed"), term("judged against", "v1", "v1, which is live"))
NOT_MADE = (term("verdict", "inconclusive", "passed", False), term("judged against", "v2", "v2, which is live"))


def decisions():
    return (
        decision(1, 6, "retrain", None, "retrain on drift", SHIFT, retrain_terms("0.18", "never", "24,980"), ("f1", "f2")),
        decision(
            2, 6, "refuse", None, "promotion needs labelled evidence against what is live",
            "the retrain made no version: nothing beats the live v1 on the sealed rows",
            (term("verdict", "failed", "passed", False), MADE[1]), of=1,
        ),
        decision(3, 10, "retrain", None, "retrain on decay", DECAY,
                 (term("decay", DECAY, "a metric below its promise"), *retrain_terms("0.18", "28 days", "51,204")[1:]),
                 ("f4",)),
        decision(4, 10, "shadow", 2, "a challenger that passed is tried", PASSED, MADE, of=3),
        decision(5, 12, "canary", 2, "go on after shadow",
                 "v2 passed its gates on labelled rows and then answered 12,644 rows in shadow, 0 of them failed",
                 stage_terms("shadow", "14 days", "12,644")),
        decision(6, 13, "promote", 2, "go on after canary",
                 "v2 passed its gates on labelled rows and then answered 642 rows in canary, 0 of them failed",
                 stage_terms("canary", "7 days", "642")),
        decision(7, 19, "retrain", None, "retrain on drift", OUTCOMES, retrain_terms("1", "63 days", "88,410"), ("f6",)),
        decision(8, 19, "refuse", 3, "promotion needs labelled evidence against what is live",
                 f"v3 is not released: {UNDECIDED}", NOT_MADE, of=7),
        decision(9, 24, "hold", 2, "hold on data faults", f"no retrain and no release while data is broken: {UNIT}",
                 (term("data faults", "1 found", "none", False),), ("f7",)),
        decision(10, 30, "retrain", None, "retrain on decay", DECAY.replace("v1", "v2"),
                 (term("decay", DECAY, "a metric below its promise"), *retrain_terms("0.2", "77 days", "61,007")[1:]), ("f9",)),
        decision(11, 30, "shadow", 4, "a challenger that passed is tried", PASSED.replace("v1", "v2"), MADE, of=10),
        decision(12, 32, "canary", 4, "go on after shadow",
                 "v4 passed its gates on labelled rows and then answered 12,911 rows in shadow, 2 of them failed",
                 stage_terms("shadow", "14 days", "12,911", "0.000155")),
        decision(13, 33, "promote", 4, "go on after canary",
                 "v4 passed its gates on labelled rows and then answered 655 rows in canary, 0 of them failed",
                 stage_terms("canary", "7 days", "655")),
        decision(14, 37, "retrain", None, "retrain on drift", SHIFT.replace("61.2", "34.4"),
                 retrain_terms("0.16", "49 days", "43,118"), ("f11",)),
        decision(15, 37, "shadow", 5, "a challenger that passed is tried", PASSED.replace("v1", "v4"), MADE, of=14),
    )  # fmt: skip


def finding(name, week, kind, check, sentence, columns=("wx_temp",), since=None):
    return Finding(
        id=name,
        project="flights",
        kind=kind,
        columns=columns,
        effect=0.4,
        sentence=sentence,
        since=look(since if since is not None else week - 1),
        event_at=look(week),
        known_at=look(week),
        check=check,
        version=1,
        start=look(week - 1),
        rows=6311,
        weight=0.18,
    )


def findings():
    return (
        finding("f1", 6, "covariate", "drift", SHIFT),
        finding(
            "f2", 6, "covariate", "unseen", "dest has 41 values (0.7 %) that training never saw, most of them BKG", ("dest",)
        ),
        finding("f3", 9, "covariate", "drift", "wx_humid drifted a little; it carries 2 % of the model", ("wx_humid",)),
        finding("f4", 10, "concept", "decay", DECAY, (), since=8),
        finding("f5", 15, "covariate", "volume", "6,871 rows, 9 % more than in the weeks before", ()),
        finding("f6", 19, "label", "label_shift", OUTCOMES, ("arr_late15",)),
        finding("f7", 24, "data_fault", "unit", UNIT),
        finding("f8", 27, "covariate", "unseen", "carrier has a value that training never saw: OO (4 rows)", ("carrier",)),
        finding("f9", 30, "concept", "decay", DECAY.replace("v1", "v2"), (), since=28),
        finding("f11", 37, "covariate", "drift", SHIFT.replace("61.2", "34.4")),
    )
