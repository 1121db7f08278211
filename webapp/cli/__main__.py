"""`python -m webapp.cli`, the same as `hoert`."""

from webapp.cli import main

main()
