"""`python -m millwright` is `mw`."""

from millwright.cli.main import main

main()
