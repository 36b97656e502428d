"""Settings of the right type and the wrong meaning, and settings that look odd and are fine."""

import pytest
from spec_samples import SMALL, with_data, with_rest

from millwright.errors import SpecError
from millwright.records.spec import TaskName
from millwright.spec.load import parse_spec
from millwright.spec.meaning_gates import METRIC_NAMES
from millwright.tasks.registry import TASKS

GATE = "gates:\n  - {{{}}}"

FAULTS = {
    "time split without time": (with_rest("split: {method: time}"), "split.method: time needs a time column"),
    "group split without group": (with_rest("split: {method: group}"), "split.method: group needs a group column"),
    "stratified regression": (
        with_rest("split: {method: stratified}").replace("binary", "regression"),
        "split.method: stratified needs classes",
    ),
    "block without time": (with_rest("evaluate: {block: day}"), "evaluate.block: day needs a time column"),
    "slice by target": (with_rest("evaluate: {slices: [late]}"), "evaluate.slices: 'late' is the target"),
    "gate slice by target": (with_rest(GATE.format("metric: brier, max: 1, slice: late")), "gates[0]: 'late' is the target"),
    "until without time": (with_data(until="2013-10-01"), "data.until: no column says when a row happened"),
    "until in words": (with_data(time="t", until="last week"), "data.until: 'last week' is not a moment in ISO 8601"),
    "time known later": (with_data(time="t", known_later="[t]"), "data.known_later: 't' is the time column"),
    "label_known without time": (with_data(label_known="k"), "data.label_known: it counts only beside the time column"),
    "label_known and delay": (
        with_data(time="t", label_known="k", label_delay="2d"),
        "data.label_delay: data.label_known already says",
    ),
    "positive of regression": (
        with_data(positive="1").replace("binary", "regression"),
        "data.positive: only a binary target has a positive value",
    ),
    "two-letter delimiter": (with_data(delimiter="'||'"), "data.delimiter: '||' is not one character"),
    "quote as delimiter": (with_data(delimiter="'\"'"), "data.delimiter: '\"' is not one character"),
    "unknown encoding": (with_data(encoding="utf-99"), "data.encoding: 'utf-99' is not a text encoding"),
    "binary codec": (with_data(encoding="hex"), "data.encoding: 'hex' is not a text encoding"),
    "costs of a regression": (
        with_rest("costs: {false_positive: 2}").replace("binary", "regression"),
        "costs: they set the decision",
    ),
    "no costs at all": (with_rest("costs: {false_positive: 0, false_negative: 0}"), "costs: both costs are 0"),
    "unknown family": (with_rest("search: {families: [ligthgbm]}"), "search.families: there is no model family 'ligthgbm'"),
    "family twice": (with_rest("search: {families: [linear, linear]}"), "search.families: 'linear' is written twice"),
    "margin without rule": (
        with_rest(GATE.format("metric: brier, against: champion, margin: 0.1")),
        "gates[0]: a margin counts only with rule: non_inferior",
    ),
    "rule without model": (
        with_rest(GATE.format("metric: brier, max: 1, rule: non_inferior")),
        "gates[0]: non_inferior compares",
    ),
    "latency by slice": (with_rest(GATE.format("metric: latency_ms, max: 5, slice: a")), "gates[0]: latency_ms is one figure"),
    "size against baseline": (
        with_rest(GATE.format("metric: size_mb, against: baseline")),
        "gates[0]: size_mb is not compared",
    ),
    "calibration of a regression": (
        with_rest(GATE.format("metric: calibration_error, max: 0.1")).replace("binary", "regression"),
        "gates[0]: 'calibration_error' is a metric of binary and multiclass models",
    ),
    "same gate twice": (
        with_rest("gates:", "  - {metric: brier, max: 0.2}", "  - {metric: brier, max: 0.2}"),
        "gates[1]: the same gate as gates[0]",
    ),
    "host with port": (with_rest("serve: {host: 'localhost:80/x'}"), "serve.host: 'localhost:80/x' is not a host"),
    "maturity in words": (with_rest("watch: {label_maturity: soon}"), "watch.label_maturity: 'soon' is not a duration"),
    "redacted twice": (with_rest("log: {redact: [a, a]}"), "log.redact: 'a' is written twice"),
}


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_one_fault_is_found_at_its_place(text: str, message: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse_spec(text, "millwright.yaml", {})
    (problem,) = refused.value.problems
    assert problem.message.startswith(message)
    assert problem.fix


FINE = {
    "absolute source": SMALL.replace("trips.parquet", "/data/trips/*.parquet"),
    "source above": SMALL.replace("trips.parquet", "../trips.parquet"),
    "folder with spaces": SMALL.replace("trips.parquet", "my data/trips 2013.parquet"),
    "contract in a folder": with_rest("contract: data/contract.yaml"),
    "column named y": SMALL.replace("late", "y"),
    "column named null": SMALL.replace("late", '"null"'),
    "time and group": with_data(time="t", group="plane"),
    "known at once": with_data(time="t", label_known="t"),
    "block is a column": with_rest("evaluate: {block: tailnum}"),
    "two bounds": with_rest(GATE.format("metric: roc_auc, min: 0.7, max: 0.99")),
    "bounds on two slices": with_rest(
        "gates:", "  - {metric: brier, min: 0.3, slice: a}", "  - {metric: brier, max: 0.2, slice: b}"
    ),
    "latency": with_rest(GATE.format("metric: latency_ms, max: 5")),
    "empty sections": with_rest("split:", "search:", "gates:", "costs:", "serve:"),
    "empty settings": with_data(time="", key="", positive="").replace("\n  target", "\n  # a comment\n  target"),
    "zero delay": with_data(label_delay="0s"),
    "IPv6": with_rest("serve: {host: '::1'}"),
    "Windows line ends": SMALL.replace("\n", "\r\n"),
    "document start": "---\n" + SMALL + "...\n",
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE.keys())
def test_what_is_fine_is_taken(text: str) -> None:
    assert parse_spec(text, "millwright.yaml", {}).project == "trips"


@pytest.mark.parametrize("task", list(TASKS))
def test_the_metric_names_are_those_of_the_tasks(task: TaskName) -> None:
    assert METRIC_NAMES[task] == tuple(metric.name for metric in TASKS[task].metrics)
    assert set(METRIC_NAMES) == set(TASKS)
