"""Settings of the right type and the wrong meaning, and settings that look odd and are fine."""

import pytest
from spec_samples import SMALL, with_data, with_rest

from millwright.errors import SpecError
from millwright.records.spec import TaskName
from millwright.spec.load import parse_spec
from millwright.spec.meaning_gates import METRIC_NAMES
from millwright.tasks.registry import TASKS

GATE = "gates:\n  - {{{}}}"


def with_channel(*lines: str) -> str:
    """The small spec with one channel of alerts."""
    first, *others = lines
    return with_rest("alerts:", "  channels:", f"    - name: a\n      {first}", *(f"      {line}" for line in others))


def with_alerts(*lines: str) -> str:
    """The small spec with a file to alert to, and more settings of alerts."""
    return with_channel("kind: file", "path: a.ndjson") + "".join(f"  {line}\n" for line in lines)


FAULTS = {
    "time split without time": (with_rest("split: {method: time}"), "split.method: time needs a time column"),
    "group split without group": (with_rest("split: {method: group}"), "split.method: group needs a group column"),
    "stratified regression": (
        with_rest("split: {method: stratified}").replace("binary", "regression"),
        "split.method: stratified needs classes",
    ),
    "goal that is no time": (
        with_rest("search: {goal: {latency_p99: 3 parsecs}}"),
        "search.goal.latency_p99: '3 parsecs' is not",
    ),
    "goal of no bytes": (with_rest("search: {goal: {size: 0B}}"), "search.goal.size: '0B' is nothing at all"),
    "nothing to read": (
        with_rest("search: {families: [baseline, net], goal: {interpretable: true}}"),
        "search.goal.interpretable: none of search.families has models",
    ),
    "gap between the target's own groups": (
        with_rest("search: {goal: {fairness_gap: {column: late, max: 0.1}}}"),
        "search.goal.fairness_gap.column: it is the target",
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
    "costs of several classes": (
        with_rest("costs: {false_positive: 2}").replace("binary", "multiclass"),
        "costs: with several classes a matrix says what they are",
    ),
    "matrix of two classes": (with_rest("costs: {matrix: {a: {b: 2}}}"), "costs.matrix: it is of three classes or more"),
    "quantiles of classes": (with_rest("search: {quantiles: [0.5]}"), "search.quantiles: they are of values"),
    "quantiles that fall": (
        with_rest("search: {quantiles: [0.9, 0.1]}").replace("binary", "count"),
        "search.quantiles: each is to be larger than the one before",
    ),
    "balanced values": (
        with_rest("search: {imbalance: balanced}").replace("binary", "count"),
        "search.imbalance: it counts rows of classes",
    ),
    "levels of no order": (with_data(levels="[a, b, c]"), "data.levels: only an ordinal target has levels in an order"),
    "order of no levels": (SMALL.replace("binary", "ordinal"), "data.levels: an ordinal target needs its levels"),
    "two levels": (
        with_data(levels="[a, b]").replace("binary", "ordinal"),
        "data.levels: there are 3 to 200 of them, and here are 2",
    ),
    "level twice": (with_data(levels="[1, 2, 1.0]").replace("binary", "ordinal"), "data.levels: '1' is written twice"),
    "levels rise": (
        with_data(levels="[a, b, c]").replace("binary", "ordinal") + "search: {monotone: {a: increasing}}\n",
        "search.monotone: a probability of each of several classes",
    ),
    "costs of levels": (
        with_data(levels="[a, b, c]").replace("binary", "ordinal") + "costs: {false_positive: 2}\n",
        "costs: with several classes a matrix says what they are",
    ),
    "the target rises": (with_rest("search: {monotone: {late: increasing}}"), "search.monotone: 'late' is no feature"),
    "several classes rise": (
        with_rest("search: {monotone: {a: increasing}}").replace("binary", "multiclass"),
        "search.monotone: a probability of each of several classes",
    ),
    "weight that is a key": (with_data(weight="w", key="[w]"), "data.weight: 'w' is also under data.key"),
    "weight that is the target": (with_data(weight="late"), "data.weight: 'late' is the target"),
    "stratified count": (
        with_rest("split: {method: stratified}").replace("binary", "count"),
        "split.method: stratified needs classes",
    ),
    "no costs at all": (with_rest("costs: {false_positive: 0, false_negative: 0}"), "costs: both costs are 0"),
    "unknown family": (with_rest("search: {families: [ligthgbm]}"), "search.families: there is no model family 'ligthgbm'"),
    "family twice": (with_rest("search: {families: [linear, linear]}"), "search.families: 'linear' is written twice"),
    "margin without rule": (
        with_rest(GATE.format("metric: brier, against: champion, margin: 0.1")),
        "gates[0]: a margin counts only with rule: non_inferior",
    ),
    "margin that counts for nothing": (
        with_rest("release: {margin: 0.1}"),
        "release.margin: a margin counts only with promote_on",
    ),
    "not worse by nothing": (with_rest("release: {promote_on: not_worse}"), "release.promote_on: not_worse by a margin of 0"),
    "two gates against the champion": (
        with_rest("release: {promote_on: not_worse, margin: 0.1}\n" + GATE.format("metric: brier, max: 1")),
        "release.promote_on: counts for the default gates only",
    ),
    "another metric that there is not": (
        with_rest(GATE.format("metric: brier, against: champion, or_by: [roc_aux]")),
        "gates[0]: there is no metric 'roc_aux'",
    ),
    "another metric against the baseline": (
        with_rest(GATE.format("metric: brier, against: baseline, or_by: [roc_auc]")),
        "gates[0]: or_by counts where a version must be better than the live model",
    ),
    "another metric that is the same": (
        with_rest(GATE.format("metric: brier, against: champion, or_by: [brier]")),
        "gates[0]: each metric counts once",
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
        "gates[0]: 'calibration_error' is a metric of binary, multiclass and ordinal models",
    ),
    "same gate twice": (
        with_rest("gates:", "  - {metric: brier, max: 0.2}", "  - {metric: brier, max: 0.2}"),
        "gates[1]: the same gate as gates[0]",
    ),
    "host with port": (with_rest("serve: {host: 'localhost:80/x'}"), "serve.host: 'localhost:80/x' is not a host"),
    "a deadline of nothing": (with_rest("watch: {no_data: 0s}"), "watch.no_data: must be longer than nothing"),
    "a feed twice": (
        with_rest("watch:", "  feeds:", "    - {name: shop, columns: [a]}", "    - {name: shop, columns: [b]}"),
        "watch.feeds: 'shop' is written twice",
    ),
    "a column of a feed twice": (
        with_rest("watch:", "  feeds:", "    - {name: shop, columns: [a, a]}"),
        "watch.feeds.0.columns: 'a' is written twice",
    ),
    "maturity in words": (with_rest("watch: {label_maturity: soon}"), "watch.label_maturity: 'soon' is not a duration"),
    "unknown channel": (with_channel("kind: webhok"), "alerts.channels[0]: there is no kind of channel 'webhok'"),
    "channel without its needs": (with_channel("kind: webhook"), "alerts.channels[0]: webhook needs url"),
    "foreign setting": (
        with_channel("kind: file", "path: a", "secret: env:A"),
        "alerts.channels[0]: file does not take secret",
    ),
    "issue nowhere": (with_channel("kind: github_issue"), "alerts.channels[0]: github_issue needs url or path"),
    "secret written down": (
        with_channel("kind: webhook", "url: https://a.example/x", "secret: s3cret"),
        "alerts.channels[0]: secret is a secret",
    ),
    "slack url written down": (
        with_channel("kind: slack", "url: https://hooks.example/T0/B0"),
        "alerts.channels[0]: whoever has this url can write there",
    ),
    "password in a url": (
        with_channel("kind: webhook", "url: https://ada:x@a.example/"),
        "alerts.channels[0]: it holds a name or password",
    ),
    "hook in the clear": (with_channel("kind: webhook", "url: http://a.example/"), "alerts.channels[0]: plain http can be"),
    "hook by ftp": (with_channel("kind: webhook", "url: ftp://a.example/"), "alerts.channels[0]: 'ftp://a.example/' is no"),
    "mail to nobody": (
        with_channel("kind: email", "host: mail.example", "sender: mw@a.example", "to: [ada]"),
        "alerts.channels[0]: 'ada' is no mail address",
    ),
    "mail password in the clear": (
        with_channel(
            "kind: email", "host: h", "sender: a@b.example", "to: [a@b.example]", "security: none", "user: u", "password: env:P"
        ),
        "alerts.channels[0]: a password is not sent in the clear",
    ),
    "mail user without password": (
        with_channel("kind: email", "host: h", "sender: a@b.example", "to: [a@b.example]", "user: u"),
        "alerts.channels[0]: user and password go together",
    ),
    "channel without a name": (
        with_rest("alerts:", "  channels:", "    - {name: 'A b', kind: file, path: a}"),
        "alerts.channels[0]: 'A b' cannot name a channel",
    ),
    "channel twice": (
        with_rest("alerts:", "  channels:", "    - {name: a, kind: file, path: a}", "    - {name: a, kind: file, path: b}"),
        "alerts.channels[1]: 'a' is written twice",
    ),
    "escalated to nobody": (
        with_alerts("escalate_after: 1h", "escalate_to: b"),
        "alerts.escalate_to: no channel is called 'b'",
    ),
    "escalated never": (with_alerts("escalate_to: a"), "alerts.escalate_to: it counts only together with"),
    "no dedup": (with_alerts("dedup: 0s"), "alerts.dedup: must be longer than nothing"),
    "quiet hours in words": (with_alerts("quiet_hours: night"), "alerts.quiet_hours: 'night' is no time of day"),
    "quiet hours of no length": (with_alerts("quiet_hours: 07:00-07:00"), "alerts.quiet_hours: '07:00-07:00' is no"),
    "quiet where": (with_alerts("zone: Mars/Base"), "alerts.zone: 'Mars/Base' is not a time zone"),
    "link to nowhere": (with_alerts("link: models.example.com"), "alerts.link: 'models.example.com' is no address"),
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
    "asked of columns": with_rest("search: {monotone: {a: decreasing}, interactions: [[a, b], [b, c]]}"),
    "a matrix of costs": with_rest("costs: {matrix: {a: {b: 2, c: 0.5}}}").replace("binary", "multiclass"),
    "block is a column": with_rest("evaluate: {block: tailnum}"),
    "two bounds": with_rest(GATE.format("metric: roc_auc, min: 0.7, max: 0.99")),
    "bounds on two slices": with_rest(
        "gates:", "  - {metric: brier, min: 0.3, slice: a}", "  - {metric: brier, max: 0.2, slice: b}"
    ),
    "latency": with_rest(GATE.format("metric: latency_ms, max: 5")),
    "empty sections": with_rest("split:", "search:", "gates:", "costs:", "serve:"),
    "empty settings": with_data(time="", key="", positive="").replace("\n  target", "\n  # a comment\n  target"),
    "zero delay": with_data(label_delay="0s"),
    "all channels": with_rest(
        "alerts:",
        "  quiet_hours: 22:00-07:00",
        "  escalate_after: 4h",
        "  escalate_to: night",
        "  link: https://models.example.com/desk",
        "  channels:",
        "    - {name: hook, kind: webhook, url: 'https://a.example/x?y=1', secret: env:HOOK, token: file:keys/token}",
        "    - {name: inside, kind: webhook, url: 'http://10.0.0.5:9000/x', private: true}",
        "    - {name: team, kind: slack, url: env:SLACK_URL, min_severity: note}",
        "    - {name: night, kind: email, host: mail.example, sender: 'Mill <mw@a.example>', to: [ada@a.example]}",
        "    - {name: issues, kind: github_issue, url: 'https://api.github.com/repos/a/b/issues', token: env:T, labels: [ml]}",
        "    - {name: log, kind: file, path: alerts.ndjson}",
    ),
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
