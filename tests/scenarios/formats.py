#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every format through the real program: told, and found out by itself; packed; in any order; with other zones."""

import json
import shutil
import subprocess

from stockade import ATTACKS, clf, emit, main, packed, path, write

SQLI = ATTACKS[0][0]


def flags(*args):
    return [l["verdict"] for l in emit("verdicts", *args)]


def combined():
    return [clf(target=t, at=i) for i, t in enumerate(["/", "/c/chairs", SQLI])]


def common(line):
    return line.rsplit(' "', 2)[0] + "\n"


def both(name, text, told):
    """The same verdicts, told the format or not."""
    file = write(name, text)
    assert flags("--format", told, file) == ["pass", "pass", "flag"], (told, flags("--format", told, file))
    text = text * 4 if isinstance(text, str) else text
    found = flags("--format", "auto", write("auto-" + name, text))
    assert found == ["pass", "pass", "flag"] * (len(found) // 3), (told, found)


def case_combined():
    both("a.log", "".join(combined()), "combined")


def case_common():
    both("a.log", "".join(common(l) for l in combined()), "common")


def case_vhost():
    both("a.log", "".join("shop.example:443 " + l for l in combined()), "vhost")


def case_nginx_format():
    told = 'nginx:$remote_addr "$request" $status $body_bytes_sent [$time_iso8601] "$http_user_agent"'
    text = "".join(f'192.0.2.7 "GET {t} HTTP/1.1" 200 512 [2026-03-02T00:00:0{i}+01:00] "Mozilla/5.0"\n'
                   for i, t in enumerate(["/", "/c/chairs", SQLI]))
    assert flags("--format", told, write("a.log", text)) == ["pass", "pass", "flag"]


def case_apache_format():
    told = 'apache:%h %l %u %t "%r" %>s %b %D'
    text = "".join(common(l).rstrip("\n") + " 1234\n" for l in combined())
    assert flags("--format", told, write("a.log", text)) == ["pass", "pass", "flag"]


def case_json_caddy():
    rows = [{"level": "info", "ts": 1772409600.5 + i, "logger": "http.log.access", "msg": "handled request",
             "request": {"remote_ip": "192.0.2.7", "remote_port": "4711", "client_ip": "192.0.2.7", "proto": "HTTP/2.0",
                         "method": "GET", "host": "shop.example", "uri": t, "headers": {"User-Agent": ["Mozilla/5.0"]}},
             "bytes_read": 0, "duration": 0.01, "size": 512, "status": 200}
            for i, t in enumerate(["/", "/c/chairs", SQLI])]
    both("a.ndjson", "".join(json.dumps(r) + "\n" for r in rows), "json:caddy")


def case_syslog():
    rows = ["2026-03-02T06:20:30.060674+01:00 web1 sshd[40301]: Failed password for root from 192.0.2.7 port 54791 ssh2",
            "Mar  2 06:20:31 web1 sshd[40301]: Accepted publickey for deploy from 192.0.2.9 port 22 ssh2: ED25519 SHA256:x",
            "<38>1 2026-03-02T05:20:32Z web1 sshd 40301 - - Invalid user admin from 192.0.2.7 port 5022"]
    lines = emit("verdicts", "--format", "syslog", write("auth.log", "\n".join(rows) + "\n"))
    assert [l["verdict"] for l in lines] == ["pass"] * 3, lines


def case_gzip_and_zstd():
    text = "".join(combined())
    assert flags("--format", "combined", write("a.log.gz", packed(text))) == ["pass", "pass", "flag"]
    if shutil.which("zstd"):
        subprocess.run(["zstd", "-q", "-f", write("b.log", text), "-o", path("b.log.zst")], check=True)
        assert flags("--format", "combined", path("b.log.zst")) == ["pass", "pass", "flag"]


def case_no_newline_at_the_end():
    assert flags("--format", "combined", write("a.log", "".join(combined()).rstrip("\n"))) == ["pass", "pass", "flag"]


def case_windows_line_ends_and_blank_lines():
    text = "\r\n\r\n".join(l.rstrip("\n") for l in combined()) + "\r\n"
    assert flags("--format", "combined", write("a.log", text)) == ["pass", "pass", "flag"]


def case_lines_in_quotes():
    """Whole lines in quotes, the inner ones doubled (as a spreadsheet writes them) or left alone."""
    for inner in ('""', '"'):
        text = "".join('"' + l.rstrip("\n").replace('"', inner) + '"\n' for l in combined())
        assert flags("--format", "auto", write("a.log", text * 4)) == ["pass", "pass", "flag"] * 4, inner


def case_ipv6_and_zones():
    text = "".join(clf(client="2001:db8:7::1", target=t, at=i, zone="-0730") for i, t in enumerate(["/", "/x", SQLI]))
    lines = emit("incidents", "--format", "combined", write("a.log", text))
    assert [i["first_at"] for i in lines] == ["2026-03-02T07:30:02.000Z"], lines
    assert any("2001:db8:7:" in a["value"] for a in lines[0]["actors"]), lines


main(globals())
