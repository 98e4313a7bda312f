"""Odd files for every reader and loader: only clean results and `LangcovError` may come out.

Children that may allocate 4 GiB run the inputs; one that computes for more than a minute, dies, lets another exception
escape or touches a file outside the run folder is a finding, told with its number and a reduced input.

    python benchmarks/fuzz.py --inputs 10000 --seed 1 > benchmarks/results/fuzz.txt
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from typing import TYPE_CHECKING

from fuzzing.hunt import case_of, hunt, reduced
from fuzzing.originals import originals

if TYPE_CHECKING:
    from fuzzing.child import Outcome


def tell(number: int, outcome: Outcome) -> None:
    """Say how far it is, and what was found."""
    if outcome.ended not in {"clean", "refused"}:
        print(f"\r{number:,}: {outcome.key}", file=sys.stderr)
    elif number % 50 == 0:
        print(f"\r{number:,}", end="", file=sys.stderr, flush=True)


def main() -> int:
    """Print how the inputs ended, and each finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="Number of the first input.")
    parser.add_argument("--lanes", type=int, default=2, help="Children at a time.")
    parser.add_argument("--keep", type=Path, help="A folder for the findings' files.")
    parser.add_argument("--as-found", action="store_true", help="Do not reduce findings.")
    options = parser.parse_args()
    valid = originals()
    numbers = range(options.first, options.first + options.inputs)
    started = time.monotonic()
    findings = hunt(
        ((number, case_of(options.seed, number, valid)) for number in numbers),
        valid,
        options.lanes,
        tell,
    )
    print(f"\r{time.monotonic() - started:,.0f} s", file=sys.stderr)
    print(f"{options.inputs:,} inputs, seed {options.seed}, from number {options.first:,}")
    for target in sorted({target for target, _ in findings.ends}):
        ends = {end: count for (other, end), count in findings.ends.items() if other == target}
        print(
            f"  {target:<12} {sum(ends.values()):>6,}: "
            + ", ".join(f"{n:,} {end}" for end, n in sorted(ends.items()))
        )
    print(f"findings: {len(findings.found)}")
    for key, (number, case, outcome) in findings.found.items():
        small = case if options.as_found else reduced(case, outcome, valid)
        print(f"\n{key}: {findings.times[key]} times, first in number {number} ({case.made})")
        print("  " + outcome.said.strip().replace("\n", "\n  "))
        print(f"  arguments {small.arguments!r:.500}, links {small.links}")
        for name, data in small.files.items():
            print(f"  {name!r}: {len(data)} bytes {data[:300]!r}")
            if options.keep is not None:
                path = options.keep / str(number) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    return 1 if findings.found else 0


if __name__ == "__main__":
    sys.exit(main())
