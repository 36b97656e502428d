"""What is not as it was when a package was made."""

from dataclasses import replace

from millwright.package.environment import ABSENT, changed_since, environment
from millwright.records.rebuilding import Changed


def test_nothing_has_changed_since_now() -> None:
    assert changed_since(environment("pytest")) == ()


def test_libraries_interpreter_and_machine_are_compared() -> None:
    here = environment()
    numpy = next(library for library in here.libraries if library.name == "numpy")
    others = [library for library in here.libraries if library is not numpy]
    gone = replace(numpy, name="a-library-that-is-gone", version="3.1")
    then = replace(here, python="3.9.1", machine="pdp11", libraries=(*others, replace(numpy, version="0.9"), gone))
    assert changed_since(then) == (
        Changed(what="python", then="3.9.1", now=here.python),
        Changed(what="machine", then="pdp11", now=here.machine),
        Changed(what="numpy", then="0.9", now=numpy.version),
        Changed(what="a-library-that-is-gone", then="3.1", now=ABSENT),
    )
