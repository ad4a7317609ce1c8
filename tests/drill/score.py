#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The drill's scores over several seeds: every scenario found, at most one false incident a simulated day. They guard
against regressions; they are no evidence of quality, since we wrote both sides.

  score.py PROGRAM SCRATCH SEEDS"""

import collections
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))
from stockade import main, path, run  # noqa: E402

SEEDS = int(sys.argv[3]) if len(sys.argv) > 3 else 2


def case_every_scenario_is_found():
    missed, false, took = collections.Counter(), 0, []
    for seed in range(1, SEEDS + 1):
        folder = path("drill")
        assert run("drill", "--seed", str(seed), "--days", "1", "--out", folder).code == 0
        ran = run("drill", "--score", folder, "--json", timeout=300)
        assert ran.code == 0, (ran.code, ran.err[-2000:])
        for row in ran.lines():
            if row["type"] == "scenario":
                if not row["found"]:
                    missed[row["scenario"]] += 1
                elif row.get("took_s") is not None:
                    took.append(row["took_s"])
            elif row["type"] == "false":
                false += 1
                print(f"note    seed {seed}: false {row['kind']} ({row['severity']}): {row['summary']}")
        subprocess.run(["rm", "-rf", folder], check=True)
    print(f"note    {SEEDS} seeds: missed {dict(missed)}, {false / SEEDS:.2f} false incidents a day, "
          f"median time to detect {statistics.median(took) if took else float('nan'):.0f} s")
    assert not missed, f"missed: {dict(missed)}"
    assert false <= SEEDS, f"{false} false incidents in {SEEDS} days"


main(globals())
