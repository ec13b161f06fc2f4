"""The command line, ``tcconnector``."""

from __future__ import annotations

import gc
import sys

from connector.cli.parser import run


def main() -> None:
    """Run the command that was asked for and exit with its status."""
    # Looking for garbage while modules load finds none and costs a tenth of the start.
    gc.set_threshold(100_000)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
