"""`python -m millwright.serve`."""

from millwright.serve.main import run

run()
