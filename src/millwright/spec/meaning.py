"""Checks beyond types: whether the settings make sense, each by itself and together. Pure; each yields its faults."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import PurePosixPath, PureWindowsPath

from millwright.errors import SpecError, nearest
from millwright.records.spec import SEVERAL, VALUES, Spec, WatchSpec
from millwright.spec.alarm_budget import parse_alarm_budget
from millwright.spec.document import Path
from millwright.spec.durations import parse_duration, parse_size
from millwright.spec.fault import Fault
from millwright.spec.meaning_alerts import alert_faults
from millwright.spec.meaning_data import data_faults
from millwright.spec.meaning_gates import gate_faults, metric_fault
from millwright.spec.meaning_goal import goal_faults
from millwright.spec.own_names import own_name
from millwright.spec.rates import parse_retrains
from millwright.spec.words import listed, shown

PERIODS = ("hour", "day", "week", "month")
"""Blocks of the time column that evaluate.block may name beside a column."""
LEAST_MEMORY = 256_000_000
LEAST_KEPT = timedelta(days=1)
_PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_DEVICE_NAMES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def faults(spec: Spec) -> list[Fault]:
    """Everything in `spec` that has the right type and the wrong meaning."""
    return [fault for check in _CHECKS for fault in check(spec)]


def _project(spec: Spec) -> Iterator[Fault]:
    name = spec.project
    if not _PROJECT.fullmatch(name):
        yield Fault(
            ("project",),
            f"project: {shown(name)} cannot name a project",
            "use 1 to 63 lower-case letters, digits, - and _, and start with a letter or digit",
        )
    elif name in _DEVICE_NAMES:
        yield Fault(("project",), f"project: {shown(name)} is a reserved name on Windows", "choose another name")


def _source(spec: Spec) -> Iterator[Fault]:
    yield from _path_faults(("data", "source"), spec.data.source)


def _contract(spec: Spec) -> Iterator[Fault]:
    path, text = ("contract",), spec.contract
    wrong = list(_path_faults(path, text))
    yield from wrong
    outside = PurePosixPath(text).is_absolute() or ".." in PurePosixPath(text).parts or PureWindowsPath(text).drive
    if not wrong and (outside or not PurePosixPath(text).name):
        fix = "write a path inside the project folder, for example contract.yaml"
        yield Fault(path, f"contract: {shown(text)} is outside the project folder, and this file is written to", fix)


def _path_faults(path: tuple[str, ...], text: str) -> Iterator[Fault]:
    """A path is opened as it stands: nothing in it is expanded or fetched."""
    name = ".".join(path)
    if "\0" in text:
        yield Fault(path, f"{name}: a path cannot hold the character NUL", "delete it")
    elif text.startswith("~"):
        yield Fault(path, f"{name}: ~ is not expanded", "write ${HOME}, or a path relative to this file")
    elif _SCHEME.match(text):
        yield Fault(path, f"{name}: {shown(text)} is an address, and a file path is expected", "write a path without ://")
    elif text.startswith(("\\\\", "//")):
        yield Fault(path, f"{name}: {shown(text)} is a network share", "mount it, and write the path of the mount")


def _durations(spec: Spec) -> Iterator[Fault]:
    yield from _duration(("data", "label_delay"), spec.data.label_delay, zero=True)
    yield from _duration(("search", "budget"), spec.search.budget)
    yield from _duration(("release", "shadow"), spec.release.shadow, zero=True)
    yield from _duration(("release", "canary"), spec.release.canary, zero=True)
    yield from _duration(("release", "deadline"), spec.release.deadline, zero=True)
    yield from _duration(("policy", "refresh"), spec.policy.refresh)
    yield from _duration(("labels", "park"), spec.labels.park)
    yield from _keep(("log", "keep"), spec.log.keep)
    yield from _duration(("watch", "window"), spec.watch.window)
    yield from _duration(("watch", "every"), spec.watch.every)
    yield from _duration(("policy", "cooldown"), spec.policy.cooldown, zero=True)
    yield from _duration(("policy", "guard"), spec.policy.guard, zero=True)
    yield from _duration(("policy", "horizon"), spec.policy.horizon)
    if spec.retrain.window not in ("expanding", "auto"):
        yield from _duration(("retrain", "window"), spec.retrain.window)
    yield from _optional_durations(spec)
    yield from _rates(spec)
    yield from _amounts(spec)
    yield from _counts(spec.watch)


def _counts(watch: WatchSpec) -> Iterator[Fault]:
    if watch.rows is not None and watch.cumulative:
        text = "watch.rows: a window by count holds the newest rows, and a cumulative one all since the release"
        yield Fault(("watch", "rows"), text, "leave out one of watch.rows and watch.cumulative")
    if watch.every_rows is None:
        return
    if watch.rows is None:
        text = "watch.every_rows: it says how often a window by count ends, and there is no watch.rows"
        yield Fault(
            ("watch", "every_rows"), text, f"add rows: {max(4 * watch.every_rows, 100)}, or write every: 1d in its place"
        )
    elif watch.every_rows > watch.rows:
        text = f"watch.every_rows: windows of {watch.rows} rows that end every {watch.every_rows} leave rows out"
        yield Fault(("watch", "every_rows"), text, f"write {watch.rows} or fewer, or a larger watch.rows")


def _rates(spec: Spec) -> Iterator[Fault]:
    parsed = (
        (("watch", "alarm_budget"), parse_alarm_budget, spec.watch.alarm_budget),
        (("policy", "retrains"), parse_retrains, spec.policy.retrains),
    )
    for place, parse, text in parsed:
        try:
            parse(text)
        except SpecError as error:
            yield Fault(place, f"{'.'.join(place)}: {error.what}", error.fix)


def _amounts(spec: Spec) -> Iterator[Fault]:
    """Amounts are in the unit of the costs: without these they say nothing."""
    if spec.costs is not None:
        return
    fix = "say under costs what a wrong decision costs, or leave this out"
    if spec.policy.retrain_cost:
        yield Fault(("policy", "retrain_cost"), "policy.retrain_cost is in the unit of costs, and there are none", fix)
    if spec.watch.page_cost is not None:
        yield Fault(("watch", "page_cost"), "watch.page_cost is in the unit of costs, and there are none", fix)


def _optional_durations(spec: Spec) -> Iterator[Fault]:
    optional = (
        (("watch", "label_maturity"), spec.watch.label_maturity, True),
        (("watch", "no_data"), spec.watch.no_data, False),
        (("policy", "schedule"), spec.policy.schedule, False),
        (("retrain", "holdout"), spec.retrain.holdout, False),
        (("retrain", "budget"), spec.retrain.budget, False),
    )
    for path, text, zero in optional:
        if text is not None:
            yield from _duration(path, text, zero=zero)


def _duration(path: tuple[str, ...], text: str, *, zero: bool = False) -> Iterator[Fault]:
    name = ".".join(path)
    try:
        if not parse_duration(text) and not zero:
            yield Fault(path, f"{name}: must be longer than nothing", "write a duration such as 60s or 7d")
    except SpecError as error:
        yield Fault(path, f"{name}: {error.what}", error.fix)


def _keep(path: tuple[str, ...], text: str | None) -> Iterator[Fault]:
    """The log is deleted by whole days, so less than one cannot be kept."""
    wrong = [] if text is None else list(_duration(path, text))
    yield from wrong
    if text is not None and not wrong and parse_duration(text) < LEAST_KEPT:
        fix = "write 1d or more, or leave it empty to keep all"
        yield Fault(path, f"log.keep: {shown(text)} is less than a day, and whole days are deleted", fix)


def _memory(spec: Spec) -> Iterator[Fault]:
    path = ("search", "memory")
    try:
        if parse_size(spec.search.memory) < LEAST_MEMORY:
            yield Fault(path, f"search.memory: {shown(spec.search.memory)} is too little to train in", "write 256MB or more")
    except SpecError as error:
        yield Fault(path, f"search.memory: {error.what}", error.fix)


def _executor(spec: Spec) -> Iterator[Fault]:
    search = spec.search
    if search.executor == "local" and (search.workers or 1) > 1:
        yield Fault(("search", "workers"), "search.workers: the executor local has one", "set search.executor: pool, or ray")
    if search.executor != "ray" and search.ray_address:
        yield Fault(("search", "ray_address"), "search.ray_address says nothing without search.executor: ray", "set that too")
    if search.max_cost is not None and not search.price_per_hour:
        yield Fault(("search", "max_cost"), "search.max_cost needs the price of an hour", "set search.price_per_hour")


def _families(spec: Spec) -> Iterator[Fault]:
    known = sorted(entry.name for entry in entry_points(group="millwright.families"))
    for i, name in enumerate(spec.search.families):
        path = ("search", "families", i)
        if name in spec.search.families[:i]:
            yield Fault(path, f"search.families: {shown(name)} is written twice", "keep one")
        elif own := own_name(name):
            wrong, fix = own.faults()
            if wrong:
                yield Fault(path, f"search.families: {shown(name)}: {wrong}", fix)
        elif name not in known:
            fix = nearest(name, known) or f"installed here: {listed(known, 'and')}"
            yield Fault(path, f"search.families: there is no model family {shown(name)}", fix)


def _search_metric(spec: Spec) -> Iterator[Fault]:
    if spec.search.metric != "auto":
        yield from metric_fault(("search", "metric"), spec.search.metric, spec.data.task)


def _constraints(spec: Spec) -> Iterator[Fault]:
    """What is asked of columns, and of classes."""
    search, data = spec.search, spec.data
    places: list[tuple[Path, str]] = [(("search", "monotone", name), name) for name in search.monotone]
    places += [(("search", "interactions", i), name) for i, group in enumerate(search.interactions) for name in group]
    for path, name in places:
        if name in (data.target, data.weight, data.group):
            text = f"search.{path[1]}: {shown(name)} is no feature, so answers do not depend on it"
            yield Fault(path, text, "delete it", also=(("data",),))
    if search.monotone and data.task in SEVERAL:
        text = "search.monotone: a probability of each of several classes cannot rise with a column for all of them"
        yield Fault(("search", "monotone"), text, "delete it, or make the target binary", also=(("data", "task"),))
    if search.imbalance != "none" and data.task in VALUES:
        text = f"search.imbalance: it counts rows of classes, and the task is {data.task}"
        yield Fault(("search", "imbalance"), text, "delete the line", also=(("data", "task"),))


def _quantiles(spec: Spec) -> Iterator[Fault]:
    asked, path = spec.search.quantiles, ("search", "quantiles")
    if asked and spec.data.task not in VALUES:
        text = f"search.quantiles: they are of values, and the task is {spec.data.task}"
        yield Fault(path, text, "delete the line", also=(("data", "task"),))
    elif list(asked) != sorted(set(asked)):
        text = "search.quantiles: each is to be larger than the one before"
        yield Fault(path, text, f"write [{', '.join(f'{level:g}' for level in sorted(set(asked)))}]")


def _split(spec: Spec) -> Iterator[Fault]:
    path, data = ("split", "method"), spec.data
    if spec.split.method == "time" and data.time is None:
        fix = "set data.time, or use auto"
        yield Fault(path, "split.method: time needs a time column, and data.time is empty", fix, also=(("data", "time"),))
    if spec.split.method == "group" and data.group is None:
        fix = "set data.group, or use auto"
        yield Fault(path, "split.method: group needs a group column, and data.group is empty", fix, also=(("data", "group"),))
    if spec.split.method == "stratified" and data.task in VALUES:
        fix = "use auto or random"
        yield Fault(path, "split.method: stratified needs classes, and the task is regression", fix, also=(("data", "task"),))


def _costs(spec: Spec) -> Iterator[Fault]:
    if spec.costs is None:
        return
    if spec.data.task in SEVERAL:
        if spec.costs.matrix is None:
            fix = "write matrix: {TRUE CLASS: {ANSWERED CLASS: COST}} under costs, or delete the section"
            yield Fault(("costs",), "costs: with several classes a matrix says what they are", fix, also=(("data", "task"),))
    elif spec.data.task != "binary":
        message = f"costs: they set the decision threshold of a binary model, and the task is {spec.data.task}"
        yield Fault(("costs",), message, "delete the section", also=(("data", "task"),))
    elif spec.costs.matrix is not None:
        fix = "write false_positive and false_negative"
        yield Fault(("costs", "matrix"), "costs.matrix: it is of three classes or more, and the task is binary", fix)
    elif spec.costs.false_positive == spec.costs.false_negative == 0:
        yield Fault(("costs",), "costs: both costs are 0, so every decision is as good as any other", "give one a cost")


def _evaluate(spec: Spec) -> Iterator[Fault]:
    block = spec.evaluate.block
    if block in PERIODS and spec.data.time is None:
        path, fix = ("evaluate", "block"), "set data.time, or name a column"
        yield Fault(path, f"evaluate.block: {block} needs a time column, and data.time is empty", fix, also=(("data", "time"),))
    for i, name in enumerate(spec.evaluate.slices):
        if name == spec.data.target:
            yield Fault(
                ("evaluate", "slices", i),
                f"evaluate.slices: {shown(name)} is the target, which cannot divide the rows that it is judged on",
                "delete it",
                also=(("data", "target"),),
            )


def _serve(spec: Spec) -> Iterator[Fault]:
    if not _HOST.fullmatch(spec.serve.host):
        fix = "write a name or an address without a port, for example 127.0.0.1"
        yield Fault(("serve", "host"), f"serve.host: {shown(spec.serve.host)} is not a host", fix)


_CHECKS: tuple[Callable[[Spec], Iterator[Fault]], ...] = (
    _project,
    _source,
    _contract,
    data_faults,
    _durations,
    _memory,
    _families,
    _search_metric,
    _executor,
    _constraints,
    _quantiles,
    _split,
    _costs,
    _evaluate,
    gate_faults,
    goal_faults,
    _serve,
    alert_faults,
)
