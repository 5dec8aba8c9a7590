"""python -m benchmarks [--orders N | --quick] [--json FILE] [--plot FILE]"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benchmarks.command import QUICK, Wish, bench


def main() -> int:
    said = argparse.ArgumentParser(prog="orderwright bench")
    said.add_argument("--orders", type=int, default=1_000_000)
    said.add_argument("--quick", action="store_true")
    said.add_argument("--rounds", type=int, default=5)
    said.add_argument("--seconds", type=float, default=8.0, help="of each server and workload, in each round")
    said.add_argument("--minutes", type=float, default=10.0, help="of W1, under which memory is watched")
    said.add_argument("--json", type=Path)
    said.add_argument("--plot", type=Path)
    wish = said.parse_args()
    sizes = QUICK if wish.quick else {
        "orders": wish.orders, "rounds": wish.rounds, "seconds": wish.seconds, "warm": 2.0, "minutes": wish.minutes
    }  # fmt: skip
    return bench(Wish(**sizes, json=wish.json, plot=wish.plot), Console(highlight=False))


if __name__ == "__main__":
    sys.exit(main())
