"""`python -m benchmarks`: every figure beside its ceiling in the same run."""

import argparse
import json
import sys
import traceback
from importlib import import_module
from pathlib import Path
from time import perf_counter

from benchmarks import machine
from benchmarks.figure import Figure, table

BENCHMARKS = (
    "end-to-end",
    "bare-sender",
    "sqs",
    "stomp",
    "generation",
    "planning",
    "virtual-run",
    "lateness",
    "dashboard",
    "startup",
    "memory",
)

LONGER = ("planning", "virtual-run", "memory")
"""Those that measure more when asked for all."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="just this one; may be given again")
    parser.add_argument(
        "--full",
        action="store_true",
        help="a million deliveries for the memory, and a hundred thousand events to plan and run (some minutes)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    started = perf_counter()
    shape = machine.shape()
    print(", ".join(f"{name} {value}" for name, value in shape.items()), flush=True)
    figures: list[Figure] = []
    failed: list[str] = []
    for name in options.only or BENCHMARKS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        try:
            figures += measure(name, full=options.full)
        except Exception:
            traceback.print_exc()
            failed.append(name)
    print(table(figures))
    met, unsaid = (sum(figure.met is verdict for figure in figures) for verdict in (True, None))
    doubt = f", {unsaid} cannot be said" if unsaid else ""
    print(f"{met} of {len(figures)} targets met{doubt}, {perf_counter() - started:.0f} s")
    if failed:
        print(f"NOT MEASURED, for they failed: {', '.join(failed)}")
    if options.json:
        document = {"machine": shape, "failed": failed, "figures": [figure.document() for figure in figures]}
        options.json.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    sys.exit(bool(failed))


def measure(name: str, *, full: bool) -> list[Figure]:
    """Imports no more than this one needs, so that one that cannot be measured spoils no other."""
    module = import_module(f"benchmarks.{name.replace('-', '_')}")
    found: list[Figure] = module.figures(full=full) if name in LONGER else module.figures()
    return found


if __name__ == "__main__":
    main()
