"""`python -m nidra_box`: the command line."""

import os
import sys

# One thread is what the mixing needs; OpenBLAS would reserve memory for every core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from nidra_box.cli import main

if __name__ == "__main__":
    sys.exit(main())
