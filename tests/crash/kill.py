#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments, again and again, in `replay --store` and in following: nothing lost, nothing double,
incidents and findings equal to a run that nobody disturbed.

  kill.py PROGRAM SCRATCH COUNT     COUNT kills in all, half of them in each mode, a quarter more with several files and rotation"""

import gzip
import json
import os
import random
import shutil
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


def shop_files(most):
    """Name and lines of an access log, a sign-in log and a stream of events, of the same days."""
    if not os.path.exists(path("drill")):
        assert run("drill", "--seed", "5", "--days", "2", "--out", path("drill"), timeout=120).code == 0
    files = {}
    for name in ("access.log", "auth.log", "commerce.ndjson"):
        with open(os.path.join(path("drill"), name)) as file:
            files[name] = file.readlines()[:most]
    return files


def case_killed_in_replay_of_several_files():
    files = []
    for name, lines in shop_files(10**9).items():
        files.append(write(name, "".join(lines)))
    with open(files[0], "rb") as file, gzip.open(path("access.log.gz"), "wb", 1) as packed:
        packed.write(file.read())
    files[0] = path("access.log.gz")
    began = time.monotonic()
    expected = finish(["replay", "--json", "--store", path("calm3"), *files])
    span = time.monotonic() - began
    calm = tables(path("calm3"))
    kills = 0
    for round_ in range(KILLS * 3):
        args = ["replay", "--json", "--store", path("stormy3"), *files]
        for _ in range(RNG.randrange(1, 5)):
            kills += not killed(args, RNG.uniform(0.002, span), path("out"))
        found = finish(args)
        assert same_incidents(found, expected), f"round {round_}: incidents differ"
        assert tables(path("stormy3")) == calm, f"round {round_}: the store differs"
        subprocess.run(["rm", "-rf", path("stormy3"), path("stormy3.keys")], check=True)
        if kills >= KILLS // 4:
            break
    print(f"note    {kills} kills in {round_ + 1} replays of three files ({span:.2f} s each)")


def rotate(file, how, past):
    """As logrotate does: renamed, renamed and packed later, or copied and truncated. `past`: how many there are."""
    for n in range(past, 0, -1):
        for end in ("", ".gz"):
            if os.path.exists(f"{file}.{n}{end}"):
                os.rename(f"{file}.{n}{end}", f"{file}.{n + 1}{end}")
    if how == "copytruncate":
        shutil.copy2(file, file + ".1")
        os.truncate(file, 0)
        return
    os.rename(file, file + ".1")
    open(file, "w").close()
    if how == "packed" and os.path.exists(file + ".2"):
        with open(file + ".2", "rb") as plain, gzip.open(file + ".2.gz", "wb") as packed:
            packed.write(plain.read())
        shutil.copystat(file + ".2", file + ".2.gz")
        os.unlink(file + ".2")


def wait_for_places(store, count):
    """A log that was rotated before anybody looked at it first is nobody's."""
    for _ in range(600):
        time.sleep(0.05)
        if os.path.exists(store):
            with sqlite3.connect(store) as db:
                if db.execute("select 1 from sqlite_master where name = 'source'").fetchone() and \
                        db.execute("select count(*) from source where offset > 0").fetchone()[0] == count:
                    return
    raise AssertionError("the program did not begin")


def storm(how, wanted):
    """Three logs are written, rotated, and read by a program that is killed again and again."""
    folder = path("storm-" + how)
    os.makedirs(folder)
    rows = shop_files(6000)
    at = {name: 5 for name in rows}
    past = {name: 0 for name in rows}
    quiet = {name: 0.0 for name in rows}
    logs = {name: os.path.join(folder, name) for name in rows}
    for name in rows:
        with open(logs[name], "w") as log:
            log.writelines(rows[name][:5])

    def start():
        return subprocess.Popen([PROGRAM, "run", "--json", "--dir", os.path.join(folder, "var"), *logs.values()],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)

    proc, kills = start(), 0
    wait_for_places(os.path.join(folder, "var", "store", "store.db"), len(rows))
    due = time.monotonic() + 0.5
    while any(at[name] < len(rows[name]) for name in rows):
        for name in rows:
            some = rows[name][at[name]:at[name] + RNG.randrange(1, 60)]
            with open(logs[name], "a") as log:
                log.writelines(some)
            at[name] += len(some)
            # What is written and cut again before anybody looked is not found: docs/following.md.
            if some and RNG.random() < 0.04 and (how != "copytruncate" or time.monotonic() > quiet[name]):
                rotate(logs[name], how, past[name])
                past[name] += 1
                quiet[name] = time.monotonic() + 1
        time.sleep(RNG.uniform(0, 0.03))
        if kills < wanted and time.monotonic() > due:
            assert proc.poll() is None, (proc.returncode, proc.stderr.read()[-2000:])
            os.killpg(proc.pid, RNG.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
            proc.communicate(timeout=60)
            kills += 1
            proc, due = start(), time.monotonic() + RNG.uniform(0.5, 1.2)
    time.sleep(4)
    proc.send_signal(signal.SIGTERM)
    errors = proc.communicate(timeout=60)[1]
    assert proc.returncode == 0, (proc.returncode, errors[-2000:])
    held, whole = tables(os.path.join(folder, "var", "store")), sum(len(r) for r in rows.values())
    print(f"note    {how}: {kills} kills, {sum(past.values())} rotations, {held.get('records')} of {whole} records")
    return held.get("records"), whole


def case_killed_while_logs_are_renamed():
    held, whole = storm("renamed", KILLS // 4)
    assert held == whole, (held, whole)


def case_killed_while_logs_are_packed():
    held, whole = storm("packed", KILLS // 4)
    assert held == whole, (held, whole)


def case_logs_are_copied_and_truncated():
    held, whole = storm("copytruncate", 0)
    assert held == whole, (held, whole)


main(globals())
