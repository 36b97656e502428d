"""Spec files with one mistake each, and the message that each must get. S numbers name the kinds of bad spec file."""

from spec_samples import SMALL, with_data, with_rest


def bombs(levels: int = 9) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


BAD_TEXTS = {
    "S01 empty": ("", "1:1: the file is empty (run `mw init --from DATA --target COLUMN` to write one)"),
    "S01 only comments": ("# nothing\n", "1:1: the file is empty (run `mw init --from DATA --target COLUMN` to write one)"),
    "S01 a list": ("- a\n", "1:1: settings as key: value are expected, and this is a list"),
    "S01 a word": ("hello\n", "1:1: settings as key: value are expected, and this is the text 'hello'"),
    "S04 tab": (
        "project: trips\ndata:\n\tsource: a.csv\n",
        "3:1: a tab is used for indentation (YAML allows spaces only: replace the tab by two spaces)",
    ),
    "S05 key twice": (with_data(source="b.csv"), "6:3: 'source' is written twice, first on line 3 (keep one of the two)"),
    "S05 section twice": (SMALL + "data: {}\n", "6:1: 'data' is written twice, first on line 2 (keep one of the two)"),
    "S06 unknown key": (with_data(targt="x"), "6:3: 'targt' is not a setting of data (did you mean \"target\"?)"),
    "S06 unknown section": (with_rest("serv:", "  port: 1"), "6:1: 'serv' is not a setting (did you mean \"serve\"?)"),
    "S06 unlike any": (
        with_rest("split:", "  zzz: 1"),
        "7:3: 'zzz' is not a setting of split (known here: method, holdout, folds and seed)",
    ),
    "S06 in a gate": (
        with_rest("gates:", "  - metric: brier", "    maxi: 1"),
        "8:5: 'maxi' is not a setting of gates[0] (did you mean \"max\"?)",
    ),
    "S07 text for int": (
        with_rest("split:", "  folds: three"),
        "7:10: split.folds: a whole number is expected, and this is the text 'three'",
    ),
    "S07 quoted number": (
        with_rest("split:", '  folds: "3"'),
        "7:10: split.folds: a whole number is expected, and this is the text '3' (write it without quotes)",
    ),
    "S07 fraction": (
        with_rest("split:", "  folds: 2.5"),
        "7:10: split.folds: a whole number is expected, and this is the number 2.5",
    ),
    "S07 boolean for number": (
        with_rest("split:", "  holdout: true"),
        "7:12: split.holdout: a number is expected, and this is true",
    ),
    "S07 number for text": (
        SMALL.replace("trips\n", "2024\n", 1),
        "1:10: project: text is expected, and this is the number 2024 (put it in quotes)",
    ),
    "S07 number for duration": (
        with_rest("search:", "  budget: 60"),
        "7:11: search.budget: text is expected, and this is the number 60 (write it with its unit, for example 60s)",
    ),
    "S07 word for list": (with_data(key="id"), "6:8: data.key: a list is expected, and this is the text 'id' (write [id])"),
    "S07 list for word": (with_data(time="[a]"), "6:9: data.time: one value is expected, and this is a list"),
    "S07 list for scalar": (with_data(positive="[1]"), "6:13: data.positive: one value is expected, and this is a list"),
    "S07 null in list": (
        with_data(missing="[null]"),
        '6:13: data.missing[0]: text is expected, and this is nothing (delete it, or put the word in quotes: "null")',
    ),
    "S07 word for section": (
        with_rest("serve: fast"),
        "6:8: serve: a section with settings is expected, and this is the text 'fast'",
    ),
    "S07 mapping for list": (with_rest("gates:", "  metric: brier"), "7:3: gates: a list is expected, and this is a section"),
    "S07 list for mapping": (
        with_rest("search:", "  monotone: [age]"),
        "7:13: search.monotone: a mapping as {name: value} is expected, and this is a list",
    ),
    "S07 not a way": (
        with_rest("search:", "  monotone: {age: up}"),
        "7:19: search.monotone.age: must be increasing or decreasing, and this is the text 'up'",
    ),
    "S07 not a choice": (
        SMALL.replace("binary", "binry"),
        "5:9: data.task: must be binary, multiclass, ordinal, regression or count, "
        "and this is the text 'binry' (did you mean \"binary\"?)",
    ),
    "S08 required key": (
        "project: trips\ndata:\n  source: a.csv\n  task: binary\n",
        "2:1: data.target is required (add it: The column to predict.)",
    ),
    "S08 required key of a section that need not be there": (
        with_rest("search: {goal: {cost: {max: 0.1}}}"),
        "6:17: search.goal.cost.price_per_hour is required "
        "(add it: What an hour of one processor costs, in any unit of money.)",
    ),
    "S08 required key that is wrong": (
        with_rest("search: {goal: {cost: {max: 0, price_per_hour: 1}}}"),
        "6:29: search.goal.cost.max: must be greater than 0, and this is the number 0",
    ),
    "S08 required key of another such section": (
        with_rest("search: {goal: {fairness_gap: {max: 0.1}}}"),
        "6:17: search.goal.fairness_gap.column is required (add it: The column whose groups are held against each other.)",
    ),
    "S08 required section": (
        "project: trips\n",
        "1:1: data is required (add it: Where the rows come from and what their columns mean.)",
    ),
    "S08 empty value": (
        SMALL.replace("target: late", "target:"),
        "2:1: data.target is required (add it: The column to predict.)",
    ),
    "S08 empty text": (SMALL.replace("target: late", 'target: ""'), "4:11: data.target: must not be empty"),
    "S10 python tag": (
        with_data(time='!!python/object/apply:os.system ["true"]'),
        "6:9: data.time: tags are not allowed, and this is '!!python/object/apply:os.system' (write a plain value)",
    ),
    "S10 harmless tag": (
        with_data(time="!!str t"),
        "6:9: data.time: tags are not allowed, and this is '!!str' (write a plain value)",
    ),
    "S13 deep list": (
        "project: " + "[" * 10_000,
        "1:30: nested more than 20 levels deep (a flatter file says the same)",
    ),
    "S14 Norway": (
        with_data(positive="NO"),
        "6:13: data.positive: 'NO' without quotes is text to some readers and true or false to others "
        '(write "NO" for the text, or true or false)',
    ),
    "S14 on": (
        with_data(positive="on"),
        "6:13: data.positive: 'on' without quotes is text to some readers and true or false to others "
        '(write "on" for the text, or true or false)',
    ),
    "S14 1e3": (
        with_data(positive="1e3"),
        "6:13: data.positive: '1e3' without quotes is read differently by different readers "
        '(write "1e3" for the text, or the number in plain digits)',
    ),
    "S14 0o7": (
        with_rest("split:", "  seed: 0o7"),
        "7:9: split.seed: '0o7' without quotes is read differently by different readers "
        '(write "0o7" for the text, or the number in plain digits)',
    ),
    "S14 leading zero": (
        with_data(positive="007"),
        "6:13: data.positive: '007' without quotes is read differently by different readers "
        '(write "007" for the text, or the number in plain digits)',
    ),
    "S16 target ignored": (
        with_data(ignore="[a, late]"),
        "6:15: data.ignore: 'late' is the target, and the target can play no other part "
        "(delete it here, or correct data.target)",
    ),
    "S16 target as key": (
        with_data(key="[late]"),
        "6:9: data.key: 'late' is the target, and the target can play no other part (delete it here, or correct data.target)",
    ),
    "S16 target as time": (
        with_data(time="late"),
        "6:9: data.time: 'late' is the target, and the target can play no other part (delete it here, or correct data.target)",
    ),
    "S17 twice": (with_data(ignore="[a, b, a]"), "6:18: data.ignore: 'a' is written twice (keep one)"),
    "S17 case only": (
        with_data(known_later="[Age, age]"),
        "6:22: data.known_later: 'Age' and 'age' differ only in case (keep the one in the data)",
    ),
    "S17 blank": (with_data(ignore='[" "]'), "6:12: data.ignore: an empty name (delete it)"),
    "S18 negative budget": (
        with_rest("search:", "  budget: -5s"),
        "7:11: search.budget: '-5s' is not a duration "
        "(write a number and a unit (w, d, h, m, s, ms or us), for example 30d or 1h30m)",
    ),
    "S18 zero budget": (
        with_rest("search:", "  budget: 0s"),
        "7:11: search.budget: must be longer than nothing (write a duration such as 60s or 7d)",
    ),
    "S18 NaN budget": (
        with_rest("search:", "  budget: .nan"),
        "7:11: search.budget: '.nan' is not a number that can be used (write a finite number)",
    ),
    "S18 infinite cost": (
        with_rest("costs:", "  false_positive: .inf"),
        "7:19: costs.false_positive: '.inf' is not a number that can be used (write a finite number)",
    ),
    "S18 number too large": (
        with_rest("costs:", "  false_positive: 1.0e+999"),
        "7:19: costs.false_positive: '1.0e+999' is larger than any number that can be kept (write a smaller number)",
    ),
    "S18 one fold": (with_rest("split:", "  folds: 1"), "7:10: split.folds: must be at least 2, and this is the number 1"),
    "S18 whole holdout": (
        with_rest("split:", "  holdout: 1.0"),
        "7:12: split.holdout: must be at most 0.5, and this is the number 1.0",
    ),
    "S18 no memory": (
        with_rest("search:", "  memory: 1KB"),
        "7:11: search.memory: '1KB' is too little to train in (write 256MB or more)",
    ),
    "S18 workers of one process": (
        with_rest("search:", "  executor: local\n  workers: 2"),
        "8:12: search.workers: the executor local has one (set search.executor: pool, or ray)",
    ),
    "S18 a cluster that is not asked": (
        with_rest("search:", "  ray_address: head:6379"),
        "7:16: search.ray_address says nothing without search.executor: ray (set that too)",
    ),
    "S18 a cost without a price": (
        with_rest("search:", "  max_cost: 2"),
        "7:13: search.max_cost needs the price of an hour (set search.price_per_hour)",
    ),
    "S19 metric of another task": (
        with_rest("search:", "  metric: rmse"),
        "7:11: search.metric: 'rmse' is a metric of count and regression models, and the task is binary "
        "(use log_loss, roc_auc, average_precision, brier, accuracy, balanced_accuracy or f1)",
    ),
    "S19 unknown metric": (
        with_rest("search:", "  metric: roc_acu"),
        "7:11: search.metric: there is no metric 'roc_acu' (did you mean \"roc_auc\"?)",
    ),
    "S20 gate on unknown metric": (
        with_rest("gates:", "  - {metric: roc_acu, min: 0.5}"),
        "7:14: gates[0]: there is no metric 'roc_acu' (did you mean \"roc_auc\"?)",
    ),
    "S20 min above max": (
        with_rest("gates:", "  - {metric: roc_auc, min: 0.9, max: 0.8}"),
        "7:28: gates[0]: min 0.9 is above max 0.8, so no model can pass (correct one of the two)",
    ),
    "S20 two gates": (
        with_rest("gates:", "  - {metric: brier, min: 0.3}", "  - {metric: brier, max: 0.2}"),
        "8:14: gates[1]: with gates[0] it asks for brier above 0.3 and below 0.2, so no model can pass "
        "(correct one of the two)",
    ),
    "S20 asks nothing": (
        with_rest("gates:", "  - metric: brier"),
        "7:13: gates[0]: the gate asks for nothing (give it min, max or against)",
    ),
    "S21 address": (
        SMALL.replace("trips.parquet", "file:///etc/passwd"),
        "3:11: data.source: 'file:///etc/passwd' is an address, and a file path is expected (write a path without ://)",
    ),
    "S21 home": (
        SMALL.replace("trips.parquet", "~/trips.csv"),
        "3:11: data.source: ~ is not expanded (write ${HOME}, or a path relative to this file)",
    ),
    "S21 share": (
        SMALL.replace("trips.parquet", r"'\\host\share\x.csv'"),
        r"3:11: data.source: '\\host\share\x.csv' is a network share (mount it, and write the path of the mount)",
    ),
    "S21 NUL": (
        SMALL.replace("trips.parquet", r'"a\0b.csv"'),
        "3:11: data.source: a path cannot hold the character NUL (delete it)",
    ),
    "S21 contract above": (
        with_rest("contract: ../../x.yaml"),
        "6:11: contract: '../../x.yaml' is outside the project folder, and this file is written to "
        "(write a path inside the project folder, for example contract.yaml)",
    ),
    "S21 contract absolute": (
        with_rest("contract: /etc/x.yaml"),
        "6:11: contract: '/etc/x.yaml' is outside the project folder, and this file is written to "
        "(write a path inside the project folder, for example contract.yaml)",
    ),
    "S21 contract on a drive": (
        with_rest(r"contract: C:\x.yaml"),
        r"6:11: contract: 'C:\x.yaml' is outside the project folder, and this file is written to "
        "(write a path inside the project folder, for example contract.yaml)",
    ),
    "S22 variable not set": (
        SMALL.replace("trips.parquet", "${FOLDR}/a.csv"),
        '3:11: data.source: the variable FOLDR is not set (did you mean "FOLDER"?)',
    ),
    "S22 no name": (
        SMALL.replace("trips.parquet", '"${}/a.csv"'),
        "3:11: data.source: '${}' does not name a variable (write ${NAME}, or $${ for the text ${ itself)",
    ),
    "S22 never closed": (
        SMALL.replace("trips.parquet", '"${FOLDER"'),
        "3:11: data.source: '${FOLDER' does not name a variable (write ${NAME}, or $${ for the text ${ itself)",
    ),
    "S22 in a flow list": (
        with_data(key="[${FOLDER}]"),
        '6:10: ${NAME} without quotes ends the { } or [ ] that it stands in (put it in quotes: "${NAME}")',
    ),
    "S23 secret": (
        with_data(time="${DB_PASSWORD}"),
        "6:9: data.time: the variable DB_PASSWORD is named like a secret, and a spec is stored with every run "
        "(keep secrets out of this file)",
    ),
    "S25 unknown zone": (
        with_data(zone="Europe/Berln"),
        "6:9: data.zone: 'Europe/Berln' is not a time zone (did you mean \"Europe/Berlin\"?)",
    ),
    "S25 zone as a path": (
        with_data(zone="../../../etc/passwd"),
        "6:9: data.zone: '../../../etc/passwd' is not a time zone (write a name such as UTC or America/New_York)",
    ),
    "S26 from the future": (
        "version: 2\nproject: x\nnew_thing: 1\n",
        "1:10: this file is of format 2, and this program reads format 1 (upgrade millwright)",
    ),
    "S26 no such format": (SMALL + "version: 0\n", "6:10: version: must be 1, and this is the number 0"),
    "unclosed quote": (with_data(time='"t'), "7:1: a quote is opened and never closed (close it)"),
    "unclosed list": (with_data(key="[a, b"), "7:1: a list that starts with [ is not closed (add ])"),
    "stray colon": (
        SMALL.replace("trips.parquet", "a: b"),
        "3:12: a colon is not expected here (check the indentation, or put text with a colon in quotes)",
    ),
    "control character": ("project: a\x07b\n", "1:11: the character '\\x07' is not allowed in a text file (delete it)"),
    "second document": (
        SMALL + "---\nproject: b\n",
        "6:1: a second document starts here (keep one document, without --- lines between)",
    ),
    "directive": ("%YAML 1.1\n---\n" + SMALL, "2:1: a line that starts with % is not used here (delete it)"),
    "key that is a list": (
        "[a]: b\n",
        "1:1: a key must be a plain word (write it as name: value, in quotes where it has { or [)",
    ),
}
