"""The published schema is the Spec's own."""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path

from spec_samples import SMALL

from millwright.spec.load import parse_spec
from millwright.spec.schema import json_schema, schema_file

PUBLISHED = Path(__file__).parents[2] / "docs" / "millwright.schema.json"


def test_the_published_file_is_up_to_date() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_file(), "run: mw schema > docs/millwright.schema.json"


def test_every_setting_is_in_the_schema_with_a_description() -> None:
    schema = json_schema()
    spec = parse_spec(SMALL, "f", {})
    assert list(schema["properties"]) == [field.name for field in fields(spec)]
    for section in fields(spec):
        value = getattr(spec, section.name)
        if is_dataclass(value):
            properties = schema["$defs"][type(value).__name__]["properties"]
            assert list(properties) == [field.name for field in fields(value)]
            assert all(setting["description"] for setting in properties.values())


def test_nothing_unknown_is_allowed_anywhere() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert all(section["additionalProperties"] is False for section in schema["$defs"].values())


def test_an_optional_setting_may_be_empty_and_a_required_one_may_not() -> None:
    data = json_schema()["$defs"]["DataSpec"]
    assert data["required"] == ["source", "target", "task"]
    for name, setting in data["properties"].items():
        assert ({"type": "null"} in setting.get("anyOf", [])) is (name not in data["required"])


def test_the_schema_is_plain_json() -> None:
    assert json.loads(schema_file()) == json_schema()
