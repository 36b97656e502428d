"""What words say of the outcome: learnt from other rows, and served as it was learnt."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_fit import encoded, texts

from millwright.features.fit import fit_plan
from millwright.features.means import TargetMeans
from millwright.features.word_means import FEWEST_ROWS, WordMeans, told_words
from millwright.records.codec import to_json
from millwright.records.data import Contract, ContractColumn

SAID = Contract(columns=(ContractColumn(name="c", kind="text"),))
WORDS = ["the", "a", "it", "was", "food", "place", "bad", "awful", "slow", "great", "lovely", "kind"]


def reviews(rows: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Sentences of a few words, and whether more of them are kind than not."""
    rng = np.random.default_rng(seed)
    chosen = [rng.choice(len(WORDS), 6) for _ in range(rows)]
    y = [float((at >= 9).sum() > ((at >= 6) & (at < 9)).sum()) for at in chosen]
    return texts(*(" ".join(WORDS[word] for word in at) for at in chosen)), np.array(y)


def test_kind_words_speak_for_and_unkind_ones_against() -> None:
    cells, y = reviews(1_500)
    plan = fit_plan({"c": cells}, SAID, y=y, classes=("no", "yes"))
    at = plan.features.index("c.words_say")
    found = [row[at] for row in encoded(plan, texts("Great, lovely food", "the place", "awful; SLOW", "Ünbekannt"))]
    assert found[0] > found[1] + 0.1 > found[2] + 0.2
    assert found[3] == 0.0
    assert np.isnan(encoded(plan, texts(None))[0][at])


def test_words_that_always_come_together_say_one_thing() -> None:
    """A mean for each word alone would say it twice."""
    kind = np.arange(2_000) % 2
    cells = texts(*("good fine nice" if one else "plain" for one in kind))
    words = WordMeans(("good", "fine", "nice"), cells)
    said = words.seen_from(kind[:, None].astype(float), np.arange(2_000), np.arange(2_000))[:, 0]
    np.testing.assert_allclose(said[kind == 1], 0.5, atol=0.01)
    assert (said[kind == 0] == 0.0).all()


def test_words_that_say_nothing_and_personal_texts_bring_none() -> None:
    cells, y = reviews(300)
    assert "c.words_say" not in fit_plan({"c": cells}, SAID, y=np.arange(300) % 2.0 * 0.0, classes=("no", "yes")).features
    personal = Contract(columns=(ContractColumn(name="c", kind="text", pii=True),))
    assert b"lovely" not in to_json(fit_plan({"c": cells}, personal, y=y, classes=("no", "yes")))


def test_rare_words_are_not_asked() -> None:
    assert told_words({"rare common": FEWEST_ROWS - 1, "common": 1, "other": 1}) == ("common",)


def test_what_is_served_is_what_all_training_rows_say() -> None:
    cells, y = reviews(400)
    for classes, of in ((), y), (("a", "b", "c"), (np.arange(400) + y) % 3):
        plan = fit_plan({"c": cells}, SAID, y=of, classes=classes)
        means, everyone = TargetMeans(plan, {"c": cells}, of, len(classes)), np.arange(400)
        served = np.array(encoded(plan, cells))[:, means.places]
        np.testing.assert_allclose(means.seen_from(everyone, everyone), served, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_value_of_a_row_is_made_of_outcomes_of_its_part(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells, y = reviews(120, seed)
    plan = fit_plan({"c": cells}, SAID, y=y, classes=("no", "yes"))
    parts, rows = rng.integers(0, 3, 120), rng.permutation(120)[:90]
    unseen = (parts == 1) | ~np.isin(np.arange(120), rows)
    changed = np.where(unseen, 1.0 - y, y)
    own = parts[rows] == 1
    before, after = (TargetMeans(plan, {"c": cells}, of, 2).cross_fitted(rows, parts) for of in (y, changed))
    assert before[own].tobytes() == after[own].tobytes()


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_text_has_the_same_bits_in_every_process(seed: str) -> None:
    code = (
        "from millwright.features.text import text_function; from millwright.records.modelling import Encoder;"
        "levels = tuple('abcdefghijklmnop'); values = tuple(1.1 ** at for at in range(16));"
        "e = Encoder(column='c', kind='word_means', outputs=('o',), levels=levels, values=values);"
        "print(text_function(e, '')('p a o b n c m d l e k f')[0].hex())"
    )
    env = {**os.environ, "PYTHONHASHSEED": seed}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert answer.stdout.strip() == _in_order("paobncmdlekf").hex()


def _in_order(words: str) -> float:
    said = 0.0
    for word in words:
        said += 1.1 ** (ord(word) - ord("a"))
    return said / 12**0.5
