#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The contract of `replay` that scripts are written against: shapes, order, numbering, ids, exit codes."""

import json
import os
import random

from stockade import (ATTACKS, clf, emit, expect_incident, expect_named, expect_verdict, main, path, replay, run,
                      shop_log, write)


def log_of(targets):
    return "".join(clf(target=t, at=60 * i) for i, t in enumerate(targets))


def case_one_verdict_for_each_unit_in_order():
    text = log_of(["/", "/p/1"]) + "this is no log line\n" + log_of(["/p/2", ATTACKS[0][0]])
    file = write("a.log", text)
    lines = emit("verdicts", "--format", "combined", file)
    assert len(lines) == 5, lines
    for i, line in enumerate(lines):
        expect_verdict(line, i + 1)
        assert line["file"] == 0
    assert [l["verdict"] for l in lines] == ["pass", "pass", "malformed", "pass", "flag"], lines
    offsets = [0]
    for row in text.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(row))
    assert [l["offset"] for l in lines] == offsets[:5]


def case_files_are_numbered_and_n_starts_again():
    first, second = write("a.log", log_of(["/", "/x"])), write("b.log", log_of(["/y", ATTACKS[0][0], "/z"]))
    lines = emit("verdicts", "--format", "combined", first, second)
    assert sorted((l["file"], l["n"]) for l in lines) == [(0, 1), (0, 2), (1, 1), (1, 2), (1, 3)], lines
    flagged = [(l["file"], l["n"]) for l in lines if l["verdict"] == "flag"]
    assert flagged == [(1, 2)], flagged


def case_findings_have_their_shape():
    file = write("a.log", log_of([target for target, _ in ATTACKS]))
    lines = emit("findings", "--format", "combined", file)
    assert lines
    for line in lines:
        assert set(line) == {"v", "id", "unit", "rule", "kind", "severity", "confidence", "where", "reason"}, line
        expect_named(line)
        assert line["v"] == 1 and line["unit"][0] == 0 and 1 <= line["unit"][1] <= len(ATTACKS) and line["reason"]
    assert len({l["id"] for l in lines}) == len(lines), "ids repeat"


def case_incidents_have_their_shape():
    lines = emit("incidents", write("a.log", shop_log(4000)))
    assert lines, "no incident"
    for line in lines:
        expect_incident(line)
    assert any(a["value"] == "254.1.2.3" for l in lines for a in l["actors"]), lines


def case_incidents_are_what_is_emitted_by_default():
    file = write("a.log", shop_log(3000))
    assert replay(file).lines() == emit("incidents", file)


def case_ids_depend_on_nothing_but_the_file():
    text = shop_log(3000)
    first = emit("findings", write("a.log", text))
    again = emit("findings", write("another-name.log", text))
    assert first == again
    assert emit("incidents", path("a.log")) == emit("incidents", path("another-name.log"))


def case_one_thread_or_eight():
    file = write("a.log", shop_log(20000))
    for what in ("verdicts", "findings", "incidents"):
        one = replay("--emit", what, "--threads", "1", file)
        eight = replay("--emit", what, "--threads", "8", file)
        assert one.code == eight.code == 0 and one.out == eight.out, f"{what} differ"


def case_one_thread_or_eight_where_times_are_equal():
    """More lines of one second than a batch holds, in two files."""
    rng, files = random.Random(3), []
    for name in ("first.log", "second.log"):
        rows = [clf(f"240.1.{rng.randrange(3)}.{rng.randrange(5)}", "/login", rng.choice([200, 401, 401, 404]),
                    rng.randrange(9000), at=i // 9000, method="POST") for i in range(20000)]
        files.append(write(name, "".join(rows)))
    for what in ("findings", "incidents"):
        one = replay("--emit", what, "--threads", "1", *files)
        assert one.out and one.out == replay("--emit", what, "--threads", "8", *files).out, f"{what} differ"


def case_nothing_is_written_without_a_store():
    before = set(os.listdir(os.path.dirname(write("a.log", shop_log(2000)))))
    replay(path("a.log"))
    assert set(os.listdir(os.path.dirname(path("a.log")))) == before


def case_standard_input():
    text = log_of(["/", ATTACKS[0][0]]).encode()
    lines = emit("verdicts", "--format", "combined", "-", stdin=text)
    assert [l["verdict"] for l in lines] == ["pass", "flag"]


def case_exit_codes():
    calm, loud = write("calm.log", log_of(["/"] * 30)), write("loud.log", shop_log(4000))
    assert replay(calm).code == 0
    assert replay(loud).code == 0, "findings are no failure"
    assert replay("--fail-on", "low", loud).code == 1
    assert replay("--fail-on", "critical", calm).code == 0
    for wrong in (["--emit", "everything", calm], ["--no-such-option", calm], [], ["--format", "morse", calm],
                  ["--threads", "-1", calm], ["--threads", "many", calm], ["--fail-on", "purple", calm]):
        ran = replay(*wrong)
        assert ran.code == 2 and ran.err and not ran.out, (wrong, ran.code, ran.err)
    assert run("replicate").code == 2
    assert run().code == 2
    for absent in (path("absent.log"), "/"):
        ran = replay(absent)
        assert ran.code == 3 and ran.err, (absent, ran.code, ran.err)


def case_a_wrong_word_is_answered_with_the_right_one():
    assert b"replay" in run("repaly").err
    assert b"did you mean 'format'" in replay("--fromat", "auto", write("a.log", log_of(["/"]))).err
    assert b"verdicts" in replay("--emit", "verdict", path("a.log")).err


def case_version_and_help():
    assert run("version").code == 0 and run("version").out.strip()
    for verb in ("run", "replay", "profile learn", "profile show", "profile diff", "check", "list", "explain", "incident", "reveal", "drill"):
        ran = run(*verb.split(), "--help")
        assert ran.code == 0 and b"stockade " + verb.encode() in ran.out, (verb, ran.code, ran.out[:200])


def case_every_line_is_json_whatever_the_input():
    rows = ["/\"quote", "/back\\slash", "/\u2028line", "/tab\there", "/%00%01%02", "/\u202e\u202d", "/" + "é" * 50]
    file = write("a.log", log_of([ATTACKS[0][0] + r for r in rows]))
    for what in ("verdicts", "findings", "incidents"):
        for line in replay("--emit", what, "--format", "combined", file).out.split(b"\n")[:-1]:
            json.loads(line.decode("utf-8"))


main(globals())
