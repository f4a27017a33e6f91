"""The command line as `python -m carespread`."""

from .cli import main

main()
