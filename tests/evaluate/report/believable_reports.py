"""Reports of made-up but believable candidates: a binary one in time, a regression without."""

import math
from dataclasses import replace
from datetime import UTC, datetime

from millwright.evaluate.report.inputs import ReportInput
from millwright.records.data import (
    Check,
    Contract,
    ContractColumn,
    Field,
    Part,
    PeriodProfile,
    Profile,
    SetAside,
    Snapshot,
)
from millwright.records.judging import (
    Comparison,
    CurvePoint,
    Evaluation,
    GateResult,
    Interval,
    MetricValue,
    SliceValue,
    Timings,
    Verdict,
)
from millwright.records.modelling import (
    Calibrator,
    Candidate,
    Encoder,
    FeaturePlan,
    PayloadInfo,
    Split,
    Trial,
    TrialConfig,
)
from millwright.records.spec import CostSpec, DataSpec, Spec

NOW = datetime(2014, 1, 2, 3, 4, tzinfo=UTC)
ROWS = 65_521


def interval(value, spread, n=ROWS):
    return Interval(value=value, low=value - spread, high=value + spread, n=n)


def binary_report(**changes):
    """A model of flight delays: judged on the last tenth of a year."""
    used = ("carrier", "origin", "dest", "sched_dep_time", "distance", "wx_wind_speed", "wx_precip", "wx_visib")
    later = ("dep_delay", "dep_time", "arr_time", "arr_delay", "air_time", "cancelled_or_diverted")
    columns = (
        *(ContractColumn(name=name, kind="number") for name in used),
        *(ContractColumn(name=name, kind="number", role="known_later") for name in later),
        ContractColumn(name="scheduled_departure", kind="date", role="time"),
        ContractColumn(name="arr_late15", kind="boolean", role="target"),
        ContractColumn(name="flight_id", kind="category", role="key", pii=True),
        ContractColumn(name="sched_arr_time", kind="number", role="empty"),
        ContractColumn(name="year", kind="integer"),
    )
    checks = (
        Check(
            code="known_later:dep_delay",
            severity="stop",
            columns=("dep_delay",),
            count=None,
            message="dep_delay tells arr_late15 almost alone (AUC 0.95) and is written after the departure",
            fix="list it under data.known_later",
        ),
        Check(
            code="quality:wx_visib",
            severity="warning",
            columns=("wx_visib",),
            count=1573,
            message="1,573 values of wx_visib are missing",
            fix="",
        ),
    )
    report = ReportInput(
        spec=Spec(
            project="flights",
            data=DataSpec(source="flights/*.parquet", target="arr_late15", task="binary", time="scheduled_departure"),
            costs=CostSpec(false_positive=1.0, false_negative=4.0),
        ),
        snapshot=Snapshot(
            digest="5d" * 32,
            parts=(Part(digest="ab" * 32, rows=327_346, size=9_000_000),),
            fields=tuple(Field(name=column.name, type="DOUBLE") for column in columns),
            rows=327_346,
            as_of=NOW,
            event_at=NOW,
            known_at=NOW,
            sources=("flights/2013.parquet",),
            set_aside=(SetAside(file="flights/2013.parquet", reason="they happened after the snapshot", count=12),),
        ),
        contract=Contract(columns=columns, zone="America/New_York"),
        profile=Profile(
            of="5d" * 32,
            rows=327_346,
            columns=(),
            periods=tuple(
                PeriodProfile(period=f"2013-{month:02d}-01", rows=27_000 + 1500 * (month % 4), columns=())
                for month in range(1, 13)
            ),
            grain="month",
        ),
        split=Split(
            method="time",
            seed=7,
            folds=3,
            assignment="cd" * 32,
            rows=327_346,
            train=261_201,
            holdout=ROWS,
            unused=624,
            holdout_from="2013-10-19T17:00:00",
            holdout_until="2013-12-31T23:59:00",
            train_until="2013-10-19T16:55:00",
            note="624 rows were not trained on: their label became known after the holdout starts",
        ),
        checks=checks,
        plan=FeaturePlan(
            encoders=tuple(Encoder(column=name, kind="number", outputs=(name,)) for name in used),
            features=used,
            dropped=(("year", "it is 2013 in every training row"),),
        ),
        trials=_trials("log_loss"),
        candidate=_candidate("log_loss"),
        evaluation=_binary_evaluation(),
        timings=Timings(row_p50_ms=0.061, row_p99_ms=0.094, batch_rows_per_second=412_000.0, rows=2000, machine="Linux x86_64"),
        verdict=Verdict(
            state="passed",
            gates=(
                GateResult(
                    gate="log_loss better than the baseline",
                    state="passed",
                    evidence="0.4493 against 0.5257; better by 0.0764 (interval 0.069 to 0.083): all of it is above 0",
                ),
                GateResult(
                    gate="log_loss better than the champion",
                    state="passed",
                    evidence="0.4493 against 0.4571; better by 0.0078 (interval 0.004 to 0.011): all of it is above 0",
                ),
            ),
            summary="every gate passed: Log loss 0.4493, the baseline's is 0.5257",
            champion="v2",
        ),
        info=PayloadInfo(
            project="flights",
            task="binary",
            target="arr_late15",
            classes=("0", "1"),
            positive="1",
            evaluator="lightgbm",
            model_files=("model/model.txt",),
            calibrator=Calibrator(kind="sigmoid", a=(1.0,), b=(0.0,)),
            threshold=0.2,
        ),
        created_at=NOW,
    )
    return replace(report, **changes)


def regression_report(**changes):
    """A model of prices without a time column, that no evidence supports."""
    base = binary_report()
    figure = Interval(value=12.4, low=11.2, high=13.9, n=240)
    difference = Interval(value=0.2, low=-0.6, high=1.1, n=240)
    evaluation = replace(
        base.evaluation,
        rows=240,
        block=None,
        blocks=240,
        metric="rmse",
        metrics=(
            MetricValue(name="rmse", goal="min", interval=figure),
            MetricValue(name="r2", goal="max", interval=Interval(value=None, low=None, high=None, n=240)),
        ),
        comparisons=(
            Comparison(against="baseline", version=None, metric="rmse", mine=figure, theirs=figure, difference=difference),
        ),
        slices=(),
        calibration=tuple(
            CurvePoint(predicted=10.0 * k, observed=10.0 * k + (-1) ** k, low=10.0 * k - 3, high=10.0 * k + 3, n=24)
            for k in range(10)
        ),
        calibration_error=None,
        histogram=tuple((5.0 * k - 20, 12 + 7 * (k % 3)) for k in range(20)),
        importance=(),
        holdout_from=None,
        holdout_until=None,
        tries=1,
    )
    report = replace(
        base,
        spec=replace(base.spec, project="prices", data=DataSpec(source="p.csv", target="price", task="regression"), costs=None),
        profile=replace(base.profile, periods=(), grain=None),
        split=replace(base.split, method="random", holdout_from=None, holdout_until=None, train_until=None, note=""),
        evaluation=evaluation,
        trials=_trials("rmse"),
        candidate=_candidate("rmse"),
        verdict=Verdict(
            state="inconclusive",
            gates=(GateResult(gate="rmse better than the baseline", state="inconclusive", evidence="not all is above 0"),),
            summary="nothing beats the baseline beyond noise: do not ship",
        ),
        info=replace(
            base.info,
            task="regression",
            target="price",
            classes=(),
            positive=None,
            threshold=None,
            interval=(-21.0, 23.5),
            interval_level=0.9,
        ),
    )
    return replace(report, **changes)


def _trials(metric):
    shapes = (("baseline", 0.5257), ("linear", 0.4711), ("lightgbm default", 0.4502), ("lightgbm small-trees", 0.4493))
    finished = tuple(
        Trial(
            number=i + 1,
            config=TrialConfig(name=name, family=name.split()[0]),
            state="finished",
            score=score,
            fold_scores=(score - 0.01, score, score + 0.01),
            train_score=score - 0.02,
            seconds=2.0 + i,
        )
        for i, (name, score) in enumerate(shapes)
    )
    lost = Trial(
        number=5,
        config=TrialConfig(name="lightgbm large-trees", family="lightgbm"),
        state="out_of_time",
        score=None,
        seconds=11.2,
        reason="killed: still at work after 11.2 s",
    )
    return (*finished, lost)


def _candidate(metric):
    trials = _trials(metric)
    return Candidate(
        trial=trials[3],
        baseline=trials[0],
        evaluator="lightgbm",
        files={"model.txt": "ef" * 32},
        baseline_evaluator="constant",
        baseline_files={"constant.json": "01" * 32},
        out_of_fold="23" * 32,
        metric=metric,
    )


def _binary_evaluation():
    carriers = {"UA": 11_400, "B6": 10_800, "EV": 9_900, "DL": 9_700, "AA": 6_500, "MQ": 5_000, "US": 4_100, "9E": 3_500}
    slices = tuple(
        SliceValue(
            column="carrier",
            group=name,
            metric="log_loss",
            interval=interval(0.40 + 0.017 * i, 1.1 / math.sqrt(n), n),
        )
        for i, (name, n) in enumerate(carriers.items())
    ) + tuple(
        SliceValue(column="origin", group=name, metric="log_loss", interval=interval(value, 0.012, 21_000))
        for name, value in (("EWR", 0.468), ("JFK", 0.437), ("LGA", 0.441))
    )
    return Evaluation(
        payload_digest="9f" * 32,
        snapshot="5d" * 32,
        rows=ROWS,
        block="day",
        blocks=74,
        metric="log_loss",
        metrics=(
            MetricValue(name="log_loss", goal="min", interval=interval(0.4493, 0.0161)),
            MetricValue(name="roc_auc", goal="max", interval=interval(0.7204, 0.0093)),
            MetricValue(name="average_precision", goal="max", interval=interval(0.4312, 0.0247)),
            MetricValue(name="brier", goal="min", interval=interval(0.1437, 0.0066)),
        ),
        comparisons=(
            _comparison("baseline", None, 0.5257, 0.0764, 0.0071),
            _comparison("champion", "v2", 0.4571, 0.0078, 0.0034),
        ),
        slices=slices,
        calibration=tuple(
            CurvePoint(
                predicted=p, observed=p + 0.02 * math.sin(9 * p), low=p - 0.035 - 0.03 * p, high=p + 0.04 + 0.03 * p, n=6552
            )
            for p in (0.05, 0.08, 0.11, 0.14, 0.18, 0.22, 0.27, 0.34, 0.44, 0.63)
        ),
        calibration_error=0.0123,
        histogram=tuple((k / 20, int(14_000 * (k + 1) * math.exp(-0.62 * k))) for k in range(20)),
        importance=(
            ("sched_dep_time.minute_of_day", 0.31),
            ("wx_precip", 0.14),
            ("dest.frequency", 0.12),
            ("carrier", 0.11),
            ("wx_wind_speed", 0.09),
            ("wx_visib", 0.08),
            ("distance", 0.07),
            ("origin", 0.05),
            ("dest", 0.03),
        ),
        train_score=0.4293,
        validation_score=0.4493,
        overfit_gap=0.02,
        size_bytes=1_840_000,
        holdout_from="2013-10-19T17:00:00",
        holdout_until="2013-12-31T23:59:00",
        tries=2,
        event_at=NOW,
        known_at=NOW,
    )


def _comparison(against, version, theirs, difference, spread):
    return Comparison(
        against=against,
        version=version,
        metric="log_loss",
        mine=interval(0.4493, 0.0161),
        theirs=interval(theirs, 0.019),
        difference=interval(difference, spread),
    )
