"""`python -m xaikit`."""

from xaikit.cli import main

main()
