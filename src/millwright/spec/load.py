"""Reading `millwright.yaml`."""

from collections.abc import Mapping
from pathlib import Path

from millwright.records.spec import Spec
from millwright.spec.document import read_document
from millwright.spec.environment import filler
from millwright.spec.file import read_text
from millwright.spec.meaning import faults
from millwright.spec.validate import validate


def load_spec(path: Path, environment: Mapping[str, str]) -> Spec:
    """The Spec in a file; `environment` supplies what `${NAME}` stands for.

    Raises NotFound or Unavailable where the file cannot be read, and SpecError with every problem where it is wrong.
    """
    return parse_spec(read_text(path), str(path), environment)


def parse_spec(text: str, name: str, environment: Mapping[str, str]) -> Spec:
    """The Spec in `text`; `name` stands for the file in messages. Raises SpecError with every problem."""
    document = read_document(text, name, filler(environment))
    spec = validate(document)
    for fault in faults(spec):
        if not fault.rests_on(document.faulty):
            document.report(fault.path, fault.message, fault.fix)
    document.check()
    return spec
