"""The plan that a person can read."""

from millwright.features.plain import plain
from millwright.records.modelling import Encoder, FeaturePlan

LEVELS = tuple(f"level {k}" for k in range(100))
PLAN = FeaturePlan(
    encoders=(
        Encoder(column="age", kind="number", outputs=("age",)),
        Encoder(column="town", kind="category", outputs=("town",), levels=LEVELS),
        Encoder(column="town", kind="mean", outputs=("town.mean",), levels=LEVELS, values=(0.5,) * 101),
        Encoder(column="title", kind="words", outputs=("title.word:a", "title.word:b"), levels=("a", "b")),
        Encoder(column="name", kind="category", outputs=("name",), levels=("6f", "2a"), hashed=True),
        Encoder(column="seen", kind="date", outputs=("seen.hour",), parts=("hour",)),
        Encoder(column="seen", kind="cycle", outputs=("seen.hour.sin", "seen.hour.cos"), parts=("hour",)),
    ),
    features=(
        "age",
        "town",
        "town.mean",
        "title.word:a",
        "title.word:b",
        "name",
        "seen.hour",
        "seen.hour.sin",
        "seen.hour.cos",
    ),
    dropped=(("id", "an identifier"),),
)


def test_each_column_keeps_what_can_be_read_and_a_category_the_names_of_its_commonest_levels() -> None:
    kept = plain(PLAN)
    assert kept.features == ("age", "town", "seen.hour")
    assert kept.categorical == (1,)
    town = kept.encoders[1]
    assert town.levels == LEVELS[:31]


def test_a_column_of_which_nothing_can_be_read_is_dropped_with_the_reason() -> None:
    said = dict(plain(PLAN).dropped)
    assert said.keys() == {"id", "title", "name"}
    assert said["title"].endswith("its words")
    assert "hashed" in said["name"]
    assert plain(plain(PLAN)) == plain(PLAN)
