"""The command line, ``tcemu``."""

from __future__ import annotations

import sys

from emulator.cli.parser import run


def main() -> None:
    """Run the command that was asked for and exit with its status."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
