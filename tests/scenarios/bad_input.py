#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Input that nobody wishes for: set aside with its reason and counted, never a crash, never a lost line after it."""

import os
import random

from stockade import ATTACKS, SANITIZED, clf, emit, main, packed, path, replay, write

GOOD = clf(target="/c/chairs")
BAD = clf(target=ATTACKS[0][0])


def verdicts(content, *args, code=0):
    return [l["verdict"] for l in emit("verdicts", "--format", "combined", *args, write("in.log", content), code=code)]


def case_a_line_of_10_mb():
    long = b"x" * (10 << 20) + b"\n"
    assert verdicts(GOOD.encode() + long + BAD.encode()) == ["pass", "malformed", "flag"]


def case_a_line_of_10_mb_that_never_ends():
    assert verdicts(GOOD.encode() + b"y" * (10 << 20)) == ["pass", "malformed"]


def case_a_target_of_10_mb():
    long = clf(target="/?q=" + "a" * (10 << 20)).encode()
    assert verdicts(long + BAD.encode())[1:] == ["flag"]


def case_nul_bytes():
    rows = b"\0\0\0\n" + GOOD.encode() + clf(target="/a\0b").encode() + BAD.encode()
    found = verdicts(rows)
    assert len(found) == 4 and found[0] == "malformed" and found[1] == "pass" and found[3] == "flag", found


def case_bytes_that_are_not_utf8():
    rows = clf(target="/caf?").encode().replace(b"caf?", b"caf\xe9\xff\xfe\x80") + clf(agent="?").encode().replace(b"?", b"\xc0\xaf")
    found = verdicts(rows + BAD.encode())
    assert len(found) == 3 and found[2] == "flag", found


def case_noise():
    rng = random.Random(5)
    noise = bytes(rng.randrange(256) for _ in range(300000))
    lines = emit("verdicts", "--format", "combined", write("noise", noise + b"\n" + BAD.encode()))
    assert lines[-1]["verdict"] == "flag" and all(l["verdict"] == "malformed" for l in lines[:-1])
    for told in ("http1", "syslog", "commerce", "values", "json:nginx"):
        ran = replay("--format", told, "--client", "none", "--emit", "verdicts", path("noise"))
        assert ran.code == 0, (told, ran.code, ran.err[-300:])


def case_truncated_gzip():
    whole = packed((GOOD * 3000) + BAD)
    ran = replay("--format", "combined", "--emit", "verdicts", write("cut.log.gz", whole[:len(whole) // 2]))
    assert ran.code == 3 and b"cut.log.gz" in ran.err, (ran.code, ran.err)
    assert ran.lines(), "what could be read was not looked at"


def case_gzip_with_damage_and_trailing_noise():
    whole = bytearray(packed(GOOD * 500))
    whole[len(whole) // 2] ^= 0x55
    assert replay("--format", "combined", write("bad.log.gz", bytes(whole))).code == 3
    ran = replay("--format", "combined", "--emit", "verdicts", write("tail.log.gz", packed(GOOD) + packed(BAD)))
    assert [l["verdict"] for l in ran.lines()] == ["pass", "flag"], "members of a gzip file"


def case_a_bomb_is_read_in_bounded_memory():
    import gzip
    import resource
    with gzip.open(path("bomb.gz"), "wb", compresslevel=9) as file:
        for _ in range(300):
            file.write(b"z" * (1 << 20))
    limit = 3 << 30
    ran = replay("--format", "combined", "--emit", "verdicts", path("bomb.gz"),
                 before=None if SANITIZED else lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    assert ran.code == 0 and [l["verdict"] for l in ran.lines()] == ["malformed"], (ran.code, ran.err[-300:])


def case_an_empty_file():
    assert verdicts("") == []
    ran = replay(write("empty.log", ""))
    assert ran.code == 0 and not ran.out, (ran.code, ran.err)


def case_a_folder_and_a_missing_file():
    os.makedirs(path("folder"), exist_ok=True)
    for name in (path("folder"), path("nowhere.log")):
        ran = replay(name)
        assert ran.code == 3 and os.path.basename(name).encode() in ran.err, (ran.code, ran.err)


def case_one_missing_file_does_not_hide_the_others():
    ran = replay("--format", "combined", "--emit", "verdicts", path("nowhere.log"), write("in.log", BAD))
    assert ran.code == 3, ran.code


def case_the_clock_goes_back_a_day():
    def hour(at):
        return "".join(clf(at=at + i, target=f"/p/{i % 40}", client=f"240.1.{i % 7}.{i % 100}") for i in range(3600))

    text = hour(90000) + hour(3600) + clf(at=7200, target=ATTACKS[0][0])
    found = emit("incidents", "--format", "combined", write("back.log", text))
    assert sorted(i["kind"] for i in found) == ["source_clock", "sqli"], [(i["kind"], i["summary"]) for i in found]


def case_lines_somewhat_out_of_order_are_no_incident():
    rng = random.Random(3)
    rows = [clf(at=1000 + i + rng.randrange(3), target=f"/p/{i % 40}", client=f"240.1.1.{i % 50}") for i in range(2000)]
    found = emit("incidents", "--format", "combined", write("late.log", "".join(rows)))
    assert not [i for i in found if i["kind"] == "source_clock"], found


def case_a_log_that_changes_its_format():
    text = "".join(clf(at=i, target=f"/p/{i % 40}", client=f"240.1.1.{i % 50}") for i in range(3000))
    text += "".join('{"remote_addr":"240.1.1.7","time_iso8601":"2026-03-02T01:00:00+00:00","request":"GET / HTTP/1.1",'
                    '"status":"200","body_bytes_sent":"5","http_user_agent":"x","http_referer":"-"}\n' for _ in range(1500))
    found = emit("incidents", "--format", "combined", write("changed.log", text))
    told = [i for i in found if i["kind"] == "source_format"]
    assert len(told) == 1 and "json" in told[0]["summary"].lower(), found


def case_requests_that_never_end():
    for text in ("GET", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\nabc",
                 "GET / HTTP/1.1\r\n" + "X-A: b\r\n" * 5000 + "\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3):
        ran = replay("--format", "http1", "--client", "none", "--emit", "verdicts", write("in.http1", text))
        assert ran.code == 0, (text[:60], ran.code, ran.err[-300:])
        assert [l["n"] for l in ran.lines()] == list(range(1, len(ran.lines()) + 1))


def case_what_input_says_does_not_reach_the_terminal():
    ran = replay("--format", "combined", "--emit", "findings",
                 write("in.log", clf(target=ATTACKS[0][0] + "\x1b[2J\x07")))
    assert b"\x1b" not in ran.out + ran.err and b"\x07" not in ran.out + ran.err


main(globals())
