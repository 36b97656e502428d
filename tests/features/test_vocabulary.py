import numpy as np
from sample_tables import table
from test_fit import encoded, plan_of, texts

from millwright.features.fit import fit_plan
from millwright.features.vocabulary import (
    ENOUGH_ROWS,
    FEWEST_ROWS,
    FEWEST_TEXTS,
    MOST_OF_A_TABLE,
    ROWS_A_FEATURE,
    share_out,
    vocabulary,
)
from millwright.records.codec import to_json
from millwright.records.data import Contract, ContractColumn

TRADES = ("Bus Operator", "Police Officer", "Librarian", "Firefighter", "Nurse")
TITLES = [f"{rank} {trade} {grade}" for rank in ("Senior", "Junior", "") for trade in TRADES for grade in ("I", "II", "III")]


def test_words_that_titles_share_become_features() -> None:
    plan = plan_of("category", texts(*TITLES * 20))
    assert {"c.word:police officer", "c.word:senior", "c.word:iii", "c.word:nurse"} <= set(plan.features)
    assert len({"c.word:bus", "c.word:operator", "c.word:bus operator"} & set(plan.features)) == 1  # always together
    at = plan.features.index("c.word:police officer")
    assert [row[at] for row in encoded(plan, texts("Chief POLICE-OFFICER", "Officer, police"))] == [1.0, 0.0]
    assert np.isnan(encoded(plan, texts(None))[0][at])


def test_pieces_know_a_word_that_was_misspelled() -> None:
    plan = plan_of("category", texts(*TITLES * 20))
    right, wrong, other = (np.array(row) for row in encoded(plan, texts("Librarian II", "Libarian II", "Nurse")))
    pieces = [at for at, name in enumerate(plan.features) if ".piece:" in name]
    assert (right[pieces] * wrong[pieces]).sum() > (right[pieces] * other[pieces]).sum()


def test_of_codes_only_what_they_begin_with_is_a_feature() -> None:
    codes = [f"{area}{number:03d}" for area in ("602", "441", "730") for number in range(40)]
    plan = plan_of("category", texts(*codes * 6))
    pieces = [name for name in plan.features if ".piece:" in name]
    assert pieces
    assert all(name.startswith("c.piece: ") for name in pieces)


def test_personal_texts_leave_no_words_in_the_plan() -> None:
    plan = plan_of("category", texts(*TITLES * 20), pii=True)
    assert b"olice" not in to_json(plan)
    things = [first + last for first in ("bl", "st", "cr", "sh") for last in ("ue", "ore", "eek", "ift", "y")]
    prose = [f"Ada {said} of {word}" for said in ("writes", "dreams") for word in things]
    assert b"rites" in to_json(plan_of("text", texts(*prose * 20)))
    assert b"rites" not in to_json(plan_of("text", texts(*prose * 20), pii=True))


def test_what_few_rows_hold_is_no_feature() -> None:
    counts = {"rare one": 1, "rare two": FEWEST_ROWS - 2, "common one": 5, "common two": 5}
    assert "rare" not in vocabulary("c", counts).words
    assert "rare" in vocabulary("c", counts | {"rare two": FEWEST_ROWS - 1}).words


def test_features_are_shared_out_and_bounded() -> None:
    many = {f"{a}{b} {b}{c} {c}{a}": 9 for a in "abcdefgh" for b in "ijklmnop" for c in "qrstuvwx"}
    few = dict.fromkeys(("red car", "red bus", "old car", "old bus"), 9)
    found = [vocabulary("m", many), vocabulary("f", few), vocabulary("n", many)]
    encoders = list(share_out(found, 10_000))
    widths = {name: sum(len(e.outputs) for e in encoders if e.column == name) for name in "mfn"}
    assert sum(widths.values()) == MOST_OF_A_TABLE
    assert sum(len(e.outputs) for e in share_out(found, 1_000)) == 1_000 // ROWS_A_FEATURE
    assert widths["f"] == vocabulary("f", few).size < widths["m"] <= widths["n"] <= widths["m"] + 1


def test_a_list_in_a_cell_becomes_its_items_and_their_number() -> None:
    kinds = ("Action", "Sci-Fi", "Drama", "Film Noir", "War")
    cells = [f'["{a}", "{b}", "{c}"]' for a in kinds for b in kinds for c in kinds]
    plan = plan_of("text", texts(*cells * 4))
    assert {"c.items", "c.item:film noir", "c.item:sci-fi"} <= set(plan.features)
    row = dict(zip(plan.features, encoded(plan, texts('["War", "Sci-Fi"]'))[0], strict=True))
    assert (row["c.items"], row["c.item:war"], row["c.item:drama"]) == (2.0, 1.0, 0.0)


def test_sentences_with_commas_are_no_lists() -> None:
    said = [f"well, {a} saw {b}, and then the other {c} went away" for a in TRADES for b in TRADES for c in ("cat", "dog")]
    assert not any(".item" in name for name in plan_of("text", texts(*said * 4)).features)


def test_names_with_commas_are_no_lists() -> None:
    people = [
        f"Smith{first}{letter}{other}, {first}" for letter in "abcdef" for other in "ghijk" for first in ("Ada", "Bob", "Eve")
    ]
    assert not any(".item" in name for name in plan_of("text", texts(*people * 2)).features)


def test_words_are_not_asked_where_every_level_has_rows_to_speak_for_itself() -> None:
    assert plan_of("category", texts(*TITLES * ENOUGH_ROWS)).features == ("c", "c.frequency")
    assert plan_of("category", texts(*TITLES[: FEWEST_TEXTS - 1] * 20)).features == ("c",)
    assert len(plan_of("category", texts(*TITLES * (ENOUGH_ROWS - 1))).features) > 20


def test_a_real_table_gets_words_within_its_bound_and_in_any_order_of_rows() -> None:
    columns, contract = table("employee_salaries.csv")
    plan = fit_plan(columns, contract)
    words = [name for name in plan.features if ".word:" in name or ".piece:" in name]
    assert 50 < len(words) <= 1_500 // ROWS_A_FEATURE
    assert "employee_position_title.word:police officer" in words
    backwards = {name: values[::-1] for name, values in columns.items()}
    assert fit_plan(backwards, contract).encoders == plan.encoders


def test_truths_in_words_are_numbers_however_they_are_spelled() -> None:
    plan = plan_of("category", texts("Yes", "No", "no", None))
    assert [encoder.kind for encoder in plan.encoders] == ["truth"]
    assert encoded(plan, texts("YES ", "no", "No")) == [[1.0], [0.0], [0.0]]
    assert np.isnan(encoded(plan, texts("perhaps", None))).all()
    assert plan_of("category", texts("yes", "no", "perhaps")).encoders[0].kind == "category"


def test_columns_that_say_nothing_new_are_dropped_with_the_reason() -> None:
    n, rng = 200, np.random.default_rng(1)
    number, level = rng.random(n), texts(*rng.choice(["a", "b", "c"], n).tolist())
    nearly, mostly_gone = np.zeros(n), np.full(n, np.nan)
    nearly[[3, 150]], mostly_gone[7] = 1.0, 2.0
    tickets = texts(*(f"T{at}" for at in range(n - 2)), "T1", "T2")
    columns = {"x": number, "x2": number.copy(), "k": level, "k2": level.copy(), "n": nearly, "g": mostly_gone, "t": tickets}
    kinds = {"k": "category", "k2": "category", "t": "category"}
    contract = Contract(columns=tuple(ContractColumn(name=c, kind=kinds.get(c, "number")) for c in columns))  # type: ignore[arg-type]
    plan = fit_plan(columns, contract)
    assert plan.features == ("x", "k")
    assert dict(plan.dropped) == {
        "x2": "the same as x in every row",
        "k2": "the same as k in every row",
        "n": "the same value in all but 2 of 200 rows",
        "g": "the same value in all but 1 of 200 rows",
        "t": "a different value in nearly every row: an identifier",
    }
