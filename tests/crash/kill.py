#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments, again and again, in `replay --store` and in following: nothing lost, nothing double,
incidents and findings equal to a run that nobody disturbed.

  kill.py PROGRAM SCRATCH COUNT     COUNT kills in all, half of them in each mode"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))
from stockade import PROGRAM, SCRATCH, main, path, run, same_incidents, shop_log, write  # noqa: E402

KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 10
RNG = random.Random(20260302)


def tables(store):
    """What a store holds, counted and named by itself: records of each source, findings, incidents."""
    files = [os.path.join(store, f) for f in sorted(os.listdir(store))]
    held = {}
    for name in files:
        with open(name, "rb") as file:
            if file.read(15) != b"SQLite format 3":
                continue
        with sqlite3.connect(name) as db:
            assert db.execute("pragma integrity_check").fetchone()[0] == "ok", name
            names = {r[0] for r in db.execute("select name from sqlite_master where type='table'")}
            if "block" in names:
                held["records"] = db.execute("select sum(count) from block").fetchone()[0]
                spans = db.execute("select source, first_unit, last_unit from block order by 1, 2").fetchall()
                for (s1, _, last), (s2, first, _) in zip(spans, spans[1:]):
                    assert s1 != s2 or first > last, "blocks overlap: units are stored twice"
            if "finding" in names:
                held["findings"] = sorted(r[0] for r in db.execute("select id from finding"))
                held["found_at"] = sorted(r[0] for r in db.execute("select unit from finding"))
            if "incident" in names:
                held["incidents"] = sorted(r[0] for r in db.execute("select id from incident"))
                held["story"] = sorted(db.execute("select kind, first_at, last_at, severity from incident"))
    return held


def killed(args, after, output):
    """Start, wait, kill. True: it had finished before."""
    with open(output, "wb") as out:
        proc = subprocess.Popen([PROGRAM, *args], stdout=out, stderr=subprocess.PIPE, cwd=SCRATCH, start_new_session=True)
    try:
        proc.wait(timeout=after)
        early = True
    except subprocess.TimeoutExpired:
        os.killpg(proc.pid, signal.SIGKILL)
        early = False
    errors = proc.communicate()[1]
    assert not early or proc.returncode == 0, (proc.returncode, errors[-2000:])
    return early


def finish(args):
    ran = run(*args, timeout=300)
    assert ran.code == 0, (ran.code, ran.err[-2000:])
    return ran.lines()


def case_killed_in_replay():
    lines = 60000 if KILLS <= 10 else 300000
    file = write("shop.log", shop_log(lines))
    args = ["replay", "--json", "--store", path("calm"), file]
    began = time.monotonic()
    expected = finish(args)
    span = time.monotonic() - began
    assert expected, "no incidents to compare"
    calm = tables(path("calm"))
    assert calm.get("records") == len(open(file).readlines()), calm.get("records")
    kills = rounds = 0
    while kills < KILLS // 2 and rounds < KILLS * 3:
        rounds += 1
        store = path(f"store{rounds}")
        args = ["replay", "--json", "--store", store, file]
        # Up to six kills of one store, each at a random moment of what would be a whole run.
        for _ in range(RNG.randrange(1, 7)):
            if killed(args, RNG.uniform(0.002, span * 0.9), path("out")) or kills == KILLS // 2:
                break
            kills += 1
        found = finish(args)
        assert same_incidents(found, expected), f"round {rounds}: incidents differ"
        assert tables(store) == calm, f"round {rounds}: the store differs"
        subprocess.run(["rm", "-rf", store], check=True)
    assert kills == KILLS // 2, f"only {kills} kills met a running program"
    print(f"note    {kills} kills in {rounds} replays of {lines} lines ({span:.2f} s each)")



def case_killed_while_following():
    rows = shop_log(6000).splitlines(keepends=True)
    write("whole.log", "".join(rows))
    finish(["replay", "--json", "--store", path("whole-store"), path("whole.log")])
    write("live.log", "")
    kills, at = 0, 0
    wanted = max(1, KILLS // 2)
    step = len(rows) // (wanted + 1)
    for n in range(wanted + 1):
        proc = subprocess.Popen([PROGRAM, "run", "--json", "--dir", path("live"), path("live.log")], cwd=SCRATCH,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        upto = len(rows) if n == wanted else at + step
        with open(path("live.log"), "a") as log:
            while at < upto:
                some = rows[at:at + RNG.randrange(1, 40)][:upto - at]
                log.write("".join(some))
                log.flush()
                at += len(some)
                time.sleep(RNG.uniform(0, 0.004))
        if n < wanted:
            # Most before it first said where it stood, every third around a checkpoint (5 s apart).
            time.sleep(RNG.uniform(4.3, 6.5) if n % 3 == 1 else RNG.uniform(0, 0.4))
            assert proc.poll() is None, (proc.returncode, proc.stderr.read()[-2000:])
            os.killpg(proc.pid, signal.SIGKILL)
            kills += 1
        else:
            time.sleep(3)
            proc.send_signal(signal.SIGTERM)
        proc.communicate(timeout=60)
    store = os.path.join(path("live"), "store")
    held = tables(store)
    whole = tables(path("whole-store"))
    assert held.get("records") == len(rows), (held.get("records"), len(rows))
    for what in whole:
        assert held.get(what) == whole.get(what), f"{what} differ: {held.get(what)} {whole.get(what)}"
    print(f"note    {kills} kills while {len(rows)} lines were written")


main(globals())
