"""${NAME} in values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec_samples import SMALL, with_rest

from millwright.errors import SpecError
from millwright.spec.environment import filler, literal
from millwright.spec.load import parse_spec


def source(written: str, **environment: str) -> str:
    return parse_spec(SMALL.replace("trips.parquet", written), "millwright.yaml", environment).data.source


def test_variables_are_filled_in() -> None:
    assert source("${DATA}", DATA="/d") == "/d"
    assert source("${DATA}/x-${DAY}.csv", DATA="/d", DAY="1") == "/d/x-1.csv"
    assert source('"$DATA $5 $${DATA}"', DATA="/d") == "$DATA $5 ${DATA}"


def test_what_a_variable_holds_is_not_looked_at_again() -> None:
    assert source("${A}", A="${B}", B="b") == "${B}"
    assert source("${A}", A="x: [1, &a]") == "x: [1, &a]"


def test_without_quotes_a_variable_may_be_a_number() -> None:
    assert parse_spec(with_rest("serve:", "  port: ${PORT}"), "f", {"PORT": "81"}).serve.port == 81
    assert source('"${DAY}"', DAY="2013") == "2013"
    with pytest.raises(SpecError, match="text is expected, and this is the number 2013"):
        source("${DAY}", DAY="2013")


def test_keys_are_never_filled_in() -> None:
    with pytest.raises(SpecError, match=r"'\$\{A\}' is not a setting"):
        parse_spec(with_rest("'${A}': 1"), "f", {"A": "serve"})


@given(st.text())
def test_a_literal_text_stands_for_itself(text: str) -> None:
    assert filler({})(literal(text)) == text


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "db_password", "GITHUB_TOKEN", "OPENAI_API_KEY", "PRIVATE_PEM"])
def test_a_secret_is_refused_by_its_name_and_never_shown(name: str) -> None:
    with pytest.raises(SpecError, match="named like a secret") as refused:
        source(f"${{{name}}}", **{name: "hunter2"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("name", ["KEY_COLUMN", "DATA_FOLDER", "MONKEY", "HOME"])
def test_an_ordinary_name_is_not_taken_for_a_secret(name: str) -> None:
    assert source(f"${{{name}}}", **{name: "v"}) == "v"


def test_a_variable_that_is_not_text_is_refused() -> None:
    """The system hands over bytes that are not UTF-8 as lone surrogates."""
    with pytest.raises(SpecError, match="half a character"):
        source("${A}", A="caf\udce9")
