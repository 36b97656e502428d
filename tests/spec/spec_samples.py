"""Specs for the tests of this room."""

from hypothesis import strategies as st

from millwright.records.spec import (
    AlertsSpec,
    ChannelSpec,
    CostSpec,
    DataSpec,
    EvaluateSpec,
    GateSpec,
    LogSpec,
    PolicySpec,
    ReleaseSpec,
    RetrainSpec,
    SearchSpec,
    ServeSpec,
    Spec,
    SplitSpec,
    WatchSpec,
)

SMALL = """\
project: trips
data:
  source: trips.parquet
  target: late
  task: binary
"""


def with_data(**settings: str) -> str:
    """The small spec with more lines in its data section."""
    return SMALL + "".join(f"  {name}: {value}\n" for name, value in settings.items())


def with_rest(*lines: str) -> str:
    """The small spec with more lines after its data section."""
    return SMALL + "\n".join(lines) + "\n"


def _section(kind, **strategies):
    """A section: some settings drawn, the others at their default."""
    return st.fixed_dictionaries({}, optional=strategies).map(lambda given: kind(**given))


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
columns = texts.filter(lambda text: text.strip() and text not in ("day", "hour", "week", "month"))
column_lists = st.lists(columns, max_size=4, unique_by=str.casefold).map(tuple)
finite = st.floats(allow_nan=False, allow_infinity=False)
durations = st.sampled_from(["60s", "1h30m", "7d", "250ms", "2w", "1.5h"])


@st.composite
def gates(draw):
    """A gate on a binary model that asks for one thing."""
    rule = draw(st.sampled_from(["superior", "non_inferior"]))
    if draw(st.booleans()):
        margin = draw(st.floats(0, 1e300)) if rule == "non_inferior" else 0.0
        who = draw(st.sampled_from(["baseline", "champion"]))
        others = draw(st.sampled_from([(), ("brier",)])) if (who, rule) == ("champion", "superior") else ()
        return GateSpec(metric="roc_auc", against=who, rule=rule, margin=margin, or_by=others)
    return GateSpec(
        metric=draw(st.sampled_from(["brier", "calibration_error"])), max=draw(finite), slice=draw(st.none() | columns)
    )


@st.composite
def channels(draw):
    """A channel of one kind with settings of its own."""
    given = draw(
        st.sampled_from(
            [
                {"kind": "file", "path": "a b.ndjson"},
                {"kind": "slack", "url": "env:SLACK"},
                {"kind": "webhook", "url": "http://10.0.0.1/${x}", "private": True, "secret": "file:a: b"},
                {"kind": "github_issue", "path": "i", "labels": ("model", "yes", "#1")},
                {"kind": "email", "host": "h", "sender": "A B <a@b.example>", "to": ("a@b.example",), "port": 2525},
            ]
        )
    )
    name, least = draw(st.from_regex(r"\A[a-z][a-z0-9_-]{0,20}\Z")), draw(st.sampled_from(["note", "alarm", "page"]))
    return ChannelSpec(name=name, min_severity=least, **given)


@st.composite
def specs(draw):
    """A valid spec of a binary problem, its columns told apart by their first letter."""
    task = "binary"
    prefixed = {
        name: draw(column_lists.map(lambda names, p=name: tuple(p + n for n in names))) for name in ("key", "ignore", "pii")
    }
    data = DataSpec(
        source=draw(st.sampled_from(["a.csv", "../b/*.parquet", "/data/c", "with space/ü.csv", "d-${x}.csv", "#e.csv"])),
        target="target " + draw(texts),
        task=task,
        positive=draw(st.none() | texts | st.integers() | finite | st.booleans()),
        time=draw(st.sampled_from(["t", "when", "null", "yes"])),
        zone=draw(st.sampled_from(["UTC", "America/New_York", "Etc/GMT+5"])),
        until=draw(st.none() | st.datetimes().map(lambda t: t.isoformat())),
        label_delay=draw(st.sampled_from(["0s", "12h"])),
        group=draw(st.none() | columns.map(lambda c: "group " + c)),
        known_later=draw(column_lists.map(lambda names: tuple("later " + n for n in names))),
        missing=draw(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=4).map(tuple)),
        delimiter=draw(st.sampled_from([None, ";", "\t", "|"])),
        encoding=draw(st.sampled_from([None, "utf-8", "cp1252"])),
        **prefixed,
    )
    return Spec(
        project=draw(st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,20}\Z").filter(lambda n: n not in ("con", "prn", "aux", "nul"))),
        data=data,
        contract=draw(st.sampled_from(["contract.yaml", "a b/contract.yaml"])),
        split=draw(_section(SplitSpec, holdout=st.floats(0.01, 0.5), folds=st.integers(2, 20), seed=st.integers(0, 2**70))),
        search=draw(_section(SearchSpec, metric=st.sampled_from(["auto", "brier"]), budget=durations, memory=st.just("4GiB"))),
        costs=draw(st.none() | _section(CostSpec, false_positive=st.floats(0.001, 1e12), false_negative=st.floats(0, 1e12))),
        evaluate=draw(
            _section(EvaluateSpec, confidence=st.floats(0.6, 0.999), block=st.sampled_from(["day", "week", "some column"]))
        ),
        gates=draw(st.lists(gates(), max_size=1).map(tuple)),
        release=draw(_section(ReleaseSpec, mode=st.sampled_from(["advise", "auto"]))),
        serve=draw(_section(ServeSpec, port=st.integers(0, 65535), host=st.sampled_from(["0.0.0.0", "::1", "model.internal"]))),
        log=draw(_section(LogSpec, redact=column_lists, when_full=st.sampled_from(["refuse", "answer"]))),
        watch=draw(_section(WatchSpec, window=durations, label_maturity=durations)),
        policy=draw(
            _section(
                PolicySpec,
                mode=st.sampled_from(["advise", "approve", "auto"]),
                schedule=st.none() | durations,
                cooldown=durations,
                retrain_on=st.sampled_from([(), ("decay",), ("drift", "decay")]),
                drift_weight=st.floats(0, 1),
            )
        ),
        alerts=draw(
            _section(
                AlertsSpec,
                channels=st.lists(channels(), max_size=3, unique_by=lambda channel: channel.name).map(tuple),
                quiet_hours=st.sampled_from([None, "22:00-07:00", "00:00-23:59"]),
                dedup=durations,
                link=st.sampled_from([None, "https://models.example.com:8443/desk"]),
            )
        ),
        retrain=draw(
            _section(
                RetrainSpec,
                data=st.sampled_from(["source", "log", "both"]),
                window=st.sampled_from(["expanding", "auto", "90d"]),
                holdout=st.none() | durations,
                search=st.sampled_from(["keep", "anew"]),
            )
        ),
    )
