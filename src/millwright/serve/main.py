"""The data plane's composition root: `python -m millwright.serve --home H --trust T`."""

import os
import sys
from collections.abc import Mapping, Sequence

from millwright.errors import MillwrightError
from millwright.serve.options import exposure_of, parser
from millwright.serve.telemetry.settings import read_telemetry
from millwright.stores.durable import arm

FAIL_POINTS = "MILLWRIGHT_FAIL_POINTS"


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Serve until told to end; the exit code. A supervisor imports nothing that answers, a worker nothing that supervises."""
    options = parser().parse_args(arguments)
    arm(environment.get(FAIL_POINTS, ""))
    try:
        telemetry = read_telemetry(environment)
        if options.workers:
            from millwright.serve.supervise import supervise

            return supervise(options, exposure_of(options), arguments)
        from millwright.serve.routes.table import Vertex
        from millwright.serve.work import work

        vertex = Vertex(environment.get("AIP_HEALTH_ROUTE", ""), environment.get("AIP_PREDICT_ROUTE", ""))
        work(options, exposure_of(options), vertex, telemetry)
    except MillwrightError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def run() -> None:
    """The entry point of the process."""
    sys.exit(main(sys.argv[1:], os.environ))
