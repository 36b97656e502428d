import json

from millwright.package.environment import environment, libraries
from millwright.package.sbom import sbom


def test_the_environment_names_what_millwright_stands_on() -> None:
    names = {library.name for library in environment().libraries}
    assert {"millwright", "lightgbm", "numpy", "scipy", "sqlalchemy", "cryptography"} <= names
    assert not {"pytest", "mypy", "hypothesis"} & names


def test_a_library_that_is_not_installed_is_left_out() -> None:
    assert libraries("no-such-library-anywhere") == ()


def test_the_bill_of_materials_is_cyclonedx_and_repeatable() -> None:
    made_in = environment()
    raw = sbom(made_in)
    assert raw == sbom(environment())
    bill = json.loads(raw)
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert bill["metadata"]["component"]["name"] == "millwright"
    refs = {component["bom-ref"] for component in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert len(refs) == len(bill["components"]) + 1
    for dependency in bill["dependencies"]:
        assert {dependency["ref"], *dependency["dependsOn"]} <= refs
    assert all(c["purl"] == f"pkg:pypi/{c['name']}@{c['version']}" for c in bill["components"] if c["type"] == "library")
