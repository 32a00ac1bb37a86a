"""Compare every golden night with its trace, or write the traces anew.

python -m tests.nights.golden            what is different now; exit 1 if anything is
python -m tests.nights.golden --update   write the traces: read the difference before you keep it
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.nights.golden.replays import NIGHTS, difference, replayed, trace_of


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.nights.golden",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--update", action="store_true", help="write the traces anew")
    parser.add_argument("nights", nargs="*", metavar="NIGHT", help=f"of {', '.join(NIGHTS)}")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.nights) - set(NIGHTS))
    if unknown:
        parser.error(f"there is no golden night {', '.join(unknown)}")
    changed = 0
    for night in arguments.nights or NIGHTS:
        golden = trace_of(night)
        before = golden.read_text(encoding="utf-8") if golden.exists() else ""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "trace.jsonl"
            replayed(night).recording.write_trace(path)
            now = path.read_text(encoding="utf-8")
        if now == before:
            continue
        changed += 1
        print(f"{night}:\n{difference(before, now)}\n")
        if arguments.update:
            golden.write_text(now, encoding="utf-8")
    written = " and written" if arguments.update else ""
    print(f"{changed} of {len(arguments.nights or NIGHTS)} traces changed{written}")
    return 1 if changed and not arguments.update else 0


if __name__ == "__main__":
    sys.exit(main())
