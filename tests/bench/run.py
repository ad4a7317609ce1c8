#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what ./bench has built and sets our figure, the peer's and the machine's limit side by side.

Every program of tests/bench prints "name <tab> value <tab> unit" lines; the table FIGURES below says which of them
answer which row. End-to-end figures are measured here, on the program itself, pinned to one core."""

import gzip
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

BUILD = "build/release"
PROGRAM = os.path.abspath(BUILD + "/stockade")
DATA = os.environ.get("STOCKADE_DATA", "")
CORE = ["taskset", "-c", "0"] if shutil.which("taskset") else []
MANY_LINES, MANY_ADDRESSES = 10_000_000, 1_000_000

# row, ours, what the goal says of it, [(peer's figure, "ratio" as we state it, goal of the ratio)]
FIGURES = [
    ("whole inspection of CSIC requests, with profile", "whole.csic", None, [("peer.modsecurity", 200), ("peer.libinjection", None)]),
    ("p99 of one inspection", "whole.csic_p99", ("<=", 50), [("peer.modsecurity_p99", None)]),
    ("combined lines, split and typed", "decode.combined", (">=", 1.0),
     [("peer.lognormalizer", 10), ("limit.memchr_lines", None), ("limit.memcpy", None)]),
    ("NDJSON events, typed", "decode.commerce", (">=", 0.8), [("peer.simdjson", None)]),
    ("combined lines through incidents and store", "replay.store", (">=", 300000), [("peer.fail2ban", 5)]),
    ("the same without a store", "replay.plain", None, []),
    ("bytes stored for each event", "store.bytes", ("<=", 120), []),
    (f"memory, {MANY_LINES // 1000000} million lines, {MANY_ADDRESSES // 1000000} million addresses", "memory.many",
     ("<=", 250), []),
    ("speed on those", "replay.many", None, []),
    ("line written -> incident visible", "follow.latency", ("<=", 1.0), []),
]

figures = {}


def note(name, value, unit):
    figures[name] = (float(value), unit)


def say(text):
    print(f"  .. {text}", file=sys.stderr, flush=True)


def listen_to(args, timeout=900, **more):
    """Run a program of tests/bench and take the figures that it prints."""
    try:
        done = subprocess.run(args, capture_output=True, text=True, timeout=timeout, **more)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"{args[0]}: {error}")
        return
    if done.returncode != 0:
        say(f"{' '.join(args)}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}")
    for line in done.stdout.splitlines():
        found = re.match(r"([\w.]+)\t([-+.\deE]+)\t(\S+)", line)
        if found:
            note(*found.groups())


def timed(args, stdin=None, stdout=subprocess.DEVNULL):
    """Seconds, and peak resident megabytes, of a run on one core."""
    began = time.monotonic()
    proc = subprocess.Popen(CORE + args, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
    errors = proc.stderr.read()
    _, status, usage = os.wait4(proc.pid, 0)
    took = time.monotonic() - began
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{' '.join(args)}: exit {os.waitstatus_to_exitcode(status)}: {errors[-400:].decode(errors='replace')}")
    return took, usage.ru_maxrss / 1024


def best(args, rounds=3):
    return min(timed(args)[0] for _ in range(rounds))


def drilled(folder, seed, days):
    subprocess.run([PROGRAM, "drill", "--seed", str(seed), "--days", str(days), "--out", folder], check=True,
                   stdout=subprocess.DEVNULL)
    return folder + "/access.log", folder + "/commerce.ndjson"


def repeated(name, size, into):
    """The same lines over and over, until no cache holds them."""
    with open(name, "rb") as file:
        content = file.read()
    with open(into, "wb") as file:
        for _ in range(size // len(content) + 1):
            file.write(content)
    return into


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(at, f)) for at, _, files in os.walk(folder) for f in files)


def built(name):
    return os.access(f"{BUILD}/bench_{name}", os.X_OK)


def measure_limits(commerce):
    for name, files in (("limits", []), ("peer_simdjson", [commerce])):
        if built(name):
            say(name)
            listen_to(CORE + [f"{BUILD}/bench_{name}", *files])


def measure_decoding(log, commerce):
    for name in sorted(os.listdir(BUILD)):
        if name.startswith("bench_decode"):
            say(name)
            listen_to(CORE + [f"{BUILD}/{name}", log, commerce])


def unpacked(name, into):
    """A packed file of the development data, plain."""
    with gzip.open(os.path.join(DATA, name), "rb") as packed, open(into, "wb") as file:
        shutil.copyfileobj(packed, file)
    return into


def measure_inspection(scratch):
    csic = "web/csic2010/normalTrafficTraining.txt.gz"
    if not os.path.exists(os.path.join(DATA, csic)):
        say("STOCKADE_DATA holds no CSIC requests: inspection was not measured")
        return
    whole, profile = unpacked(csic, scratch + "/csic.http1"), scratch + "/csic.profile"
    say("inspection of CSIC requests")
    client = "cookie:JSESSIONID"
    subprocess.run([PROGRAM, "profile", "learn", "--format", "http1", "--client", client, "--out", profile, whole],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    listen_to(CORE + [f"{BUILD}/bench_whole", whole, client, profile])
    for name in ("inspect", "peer_modsecurity"):
        if built(name):
            say(name)
            listen_to(CORE + [f"{BUILD}/bench_{name}"])


LOGNORM = """version=2
rule=:%client:word% %ident:word% %user:word% [%time:char-to:]%] "%method:word% %target:word% %protocol:char-to:"%" %status:number% %bytes:word% "%referer:char-to:"%" "%agent:char-to:"%"
"""


def measure_log_peers(scratch, log):
    lines, size = sum(1 for _ in open(log, "rb")), os.path.getsize(log)
    if shutil.which("lognormalizer"):
        say("lognormalizer")
        rules = scratch + "/combined.rulebase"
        with open(rules, "w") as file:
            file.write(LOGNORM)
        def once():
            with open(log, "rb") as file:
                return timed(["lognormalizer", "-r", rules, "-p"], stdin=file)[0]
        note("peer.lognormalizer", size / min(once() for _ in range(2)) / 1e9, "GB/s")
    if shutil.which("fail2ban-regex"):
        say("fail2ban-regex")
        part = scratch + "/part.log"
        with open(log) as whole, open(part, "w") as file:
            file.writelines(line for _, line in zip(range(min(lines, 40000)), whole))
        took = timed(["fail2ban-regex", part, "nginx-botsearch"])[0]
        note("peer.fail2ban", min(lines, 40000) / took, "lines/s")


def measure_replay(scratch, log):
    lines = sum(1 for _ in open(log, "rb"))
    say(f"replay of {lines} lines")
    plain = best([PROGRAM, "replay", "--json", "--threads", "1", log])
    note("replay.plain", lines / plain, "lines/s")
    def with_store(n):
        return timed([PROGRAM, "replay", "--json", "--threads", "1", "--store", f"{scratch}/store{n}", log])[0]
    note("replay.store", lines / min(with_store(n) for n in range(3)), "lines/s")
    note("store.bytes", folder_bytes(f"{scratch}/store0") / lines, "B/event")


def measure_memory():
    say(f"{MANY_LINES} lines of {MANY_ADDRESSES} addresses")
    flood = subprocess.Popen([f"{BUILD}/bench_flood", str(MANY_LINES), str(MANY_ADDRESSES)], stdout=subprocess.PIPE)
    took, megabytes = timed([PROGRAM, "replay", "--json", "--threads", "1", "--format", "combined", "-"], stdin=flood.stdout)
    flood.stdout.close()
    flood.wait()
    note("memory.many", megabytes, "MB")
    note("replay.many", MANY_LINES / took, "lines/s")


ATTACK = ('254.9.8.7 - - [{stamp}] "GET /item?id=1%27%20union%20select%20login,pass%20from%20members--%20- HTTP/1.1" '
          '200 900 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0"\n')


def stamp():
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())


def measure_following(scratch):
    say("following")
    log = scratch + "/live.log"
    calm = ATTACK.replace("/item?id=1%27%20union%20select%20login,pass%20from%20members--%20-", "/").replace("254.9.8.7", "240.1.1.1")
    with open(log, "w") as file:
        file.write("".join(calm.format(stamp=stamp()) for _ in range(40)))
    proc = subprocess.Popen([PROGRAM, "run", "--json", "--dir", scratch + "/var", log], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)
    seen = threading.Event()
    threading.Thread(target=lambda: [seen.set() for line in proc.stdout if b"sqli" in line], daemon=True).start()
    time.sleep(2)
    if seen.is_set():
        raise RuntimeError("following: an incident before the attack")
    began = time.monotonic()
    with open(log, "a") as file:
        file.write(ATTACK.format(stamp=stamp()))
    if seen.wait(10):
        note("follow.latency", time.monotonic() - began, "s")
    else:
        say("following: no incident within 10 s")
    proc.send_signal(signal.SIGTERM)
    proc.wait(timeout=20)


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def verdict(value, goal):
    if goal is None:
        return ""
    sign, wanted = goal
    met = value >= wanted if sign == ">=" else value <= wanted
    return f"goal {sign} {number(wanted)}: {'met' if met else 'MISSED'}"


def print_peers(value, peers):
    for peer, wanted in peers:
        if peer not in figures:
            continue
        theirs, unit = figures[peer]
        ratio = value / theirs if value and theirs else 0
        compared = f"ratio {number(ratio)} {verdict(ratio, ('>=', wanted)) if wanted else ''}" if ratio else ""
        print(f"    {'beside ' + peer:54} {number(theirs):>12} {unit:10} {compared}")


def print_table():
    for row, ours, goal, peers in FIGURES:
        value, unit = figures.get(ours, (0, ""))
        print(f"{row:58} {number(value):>12} {unit:10} {verdict(value, goal)}" if unit else f"{row:58} not measured")
        print_peers(value, peers)
    told = {n for row in FIGURES for n in [row[1]] + [p for p, _ in row[3]]}
    for name in sorted(figures.keys() - told):
        print(f"{name:58} {number(figures[name][0]):>12} {figures[name][1]}")


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory(prefix="stockade-bench-") as scratch:
        log, commerce = drilled(scratch + "/drill", 99, 4)
        commerce = repeated(commerce, 64 << 20, scratch + "/commerce.ndjson")
        # The words by which ./bench chooses.
        steps = {
            "limits": lambda: measure_limits(commerce),
            "inspect": lambda: measure_inspection(scratch),
            "decode": lambda: measure_decoding(log, commerce),
            "logs": lambda: measure_log_peers(scratch, log),
            "replay store": lambda: measure_replay(scratch, log),
            "memory": measure_memory,
            "follow": lambda: measure_following(scratch),
        }
        for name, step in steps.items():
            if wanted in name:
                try:
                    step()
                except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                    say(str(error))
    print_table()
    if wanted and "--json" in sys.argv:
        print(json.dumps(figures))


main()
