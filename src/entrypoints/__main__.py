"""`python -m entrypoints` is `./orderwright`."""

from entrypoints.cli import main

main()
