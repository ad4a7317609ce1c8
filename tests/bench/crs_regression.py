#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many of the Core Rule Set's regression requests that expect an attack rule are flagged.

  tests/bench/crs_regression.py [--misses]

Counted: requests that expect a rule of families 930-932, 941 or 942 tagged paranoia level 1 in the
installed CRS 3.3.4 (Debian's modsecurity-crs). Needs STOCKADE_DATA, build/release/stockade, PyYAML."""

import collections
import glob
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

import yaml

DATA = os.environ.get("STOCKADE_DATA", "")
BUILD = os.environ.get("STOCKADE_BUILD", "build/release")
RULES = os.environ.get("STOCKADE_CRS", "/usr/share/modsecurity-crs/rules")
FAMILIES = (930, 931, 932, 941, 942)


def paranoia():
    levels = {}
    for name in glob.glob(RULES + "/REQUEST-9*.conf"):
        with open(name, encoding="utf-8") as file:
            text = file.read().replace("\\\n", "")
        for rule in re.findall(r"^\s*SecRule.*$", text, re.M):
            number, level = re.search(r"\bid:(\d+)", rule), re.search(r"paranoia-level/(\d)", rule)
            if number and level:
                levels[int(number[1])] = int(level[1])
    return levels


def raw(stage):
    """The request as bytes; its Content-Length made to fit, so that one follows the other."""
    data = stage.get("data") or ""
    body = ("\r\n".join(data) if isinstance(data, list) else str(data)).encode()
    headers = {k: v for k, v in (stage.get("headers") or {}).items()
               if k.lower() not in ("content-length", "transfer-encoding")}
    if body:
        headers["Content-Length"] = len(body)
        if not any(k.lower() == "content-type" for k in headers):
            headers["Content-Type"] = "application/x-www-form-urlencoded"
    if not any(k.lower() == "host" for k in headers):
        headers["Host"] = "localhost"
    lines = [f"{stage.get('method', 'GET')} {stage.get('uri', '/')} HTTP/1.1"]
    lines += [f"{k}: {v}" for k, v in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def cases():
    levels = paranoia()
    with tarfile.open(os.path.join(DATA, "web/crs_regression/crs_regression_dev.tar.gz")) as tar:
        for member in sorted((m for m in tar if m.isfile()), key=lambda m: m.name):
            if not member.name.endswith(".yaml"):
                continue
            for test in (yaml.safe_load(io.BytesIO(tar.extractfile(member).read())) or {}).get("tests", []):
                for stage in test["stages"]:
                    ids = stage["output"].get("log", {}).get("expect_ids", [])
                    wanted = [i for i in ids if i // 1000 in FAMILIES and levels.get(i) == 1]
                    if wanted and "encoded_request" not in stage["input"]:
                        yield wanted[0], test.get("test_id"), raw(stage["input"])


def main():
    if not os.path.exists(os.path.join(DATA, "web/crs_regression")) or not glob.glob(RULES + "/REQUEST-9*"):
        print("SKIPPED: STOCKADE_DATA or the rules of modsecurity-crs are not there")
        return 1 if os.environ.get("CI") else 77
    all_cases, seen, hit, misses = list(cases()), collections.Counter(), collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for n, (_, _, request) in enumerate(all_cases):
            names.append(os.path.join(folder, f"{n:05}.http"))
            with open(names[-1], "wb") as file:
                file.write(request)
        verdicts = []
        for at in range(0, len(names), 200):
            out = subprocess.run([BUILD + "/stockade", "replay", "--format", "http1", "--emit", "verdicts",
                                  "--client", "none", "--json", *names[at:at + 200]], capture_output=True, text=True)
            flags = {}
            for line in out.stdout.splitlines():
                verdict = json.loads(line)
                flags[verdict["file"]] = flags.get(verdict["file"], False) or verdict["verdict"] == "flag"
            verdicts += [flags.get(i, False) for i in range(len(names[at:at + 200]))]
    for (rule, test, _), flagged in zip(all_cases, verdicts):
        for key in (rule // 1000, "all"):
            seen[key] += 1
            hit[key] += flagged
        if not flagged:
            misses.append(f"{rule}-{test}")
    for key in (*FAMILIES, "all"):
        if seen[key]:
            print(f"CRS regression {key:>4}  {hit[key]:4} of {seen[key]:4} flagged: {100 * hit[key] / seen[key]:.1f} %")
    if "--misses" in sys.argv:
        print("missed:", " ".join(misses))
    return 0


sys.exit(main())
