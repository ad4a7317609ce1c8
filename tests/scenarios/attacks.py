#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One attack of each class through the real program, in a log line, in a whole request and as a bare value; and
ordinary things that look like one. The corpora stand elsewhere: these are the few that must never break."""

import json

from stockade import ATTACKS, clf, emit, main, write

ORDINARY = ["/", "/search?q=o%27hara+mug", "/search?q=select+comfort+pillow", "/search?q=union+flag",
            "/search?q=rock%27n%27roll", "/c/tables?sort=price&max=60", "/search?q=table+%26+4+chairs",
            "/search?q=size+%3E+44", "/p/drop-leaf-table-1177", "/search?q=%E8%8C%B6%E5%A3%B6",
            "/?utm_source=newsletter&utm_medium=email", "/search?q=1%2F2+inch", "/login?next=%2Faccount%2Forders",
            "/search?q=black+or+white", "/static/app.js?v=4.1.2", "/search?q=100%25+wool", "/info/order-by-post"]


def kinds(line):
    return {f["kind"] for f in line["findings"]}


def case_log_lines():
    text = "".join(clf(target=target, at=i) for i, (target, _) in enumerate(ATTACKS))
    lines = emit("verdicts", "--format", "combined", write("attacks.log", text))
    for line, (target, kind) in zip(lines, ATTACKS):
        assert line["verdict"] == "flag" and kind in kinds(line), (target, line)


def case_whole_requests():
    text = ""
    for target, _ in ATTACKS:
        path, _, query = target.partition("?")
        if query:
            text += (f"POST {path} HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                     f"Content-Length: {len(query)}\r\n\r\n{query}\r\n")
        else:
            text += f"GET {path} HTTP/1.1\r\nHost: shop.example\r\n\r\n"
    lines = emit("verdicts", "--format", "http1", "--client", "none", write("attacks.http1", text))
    assert len(lines) == len(ATTACKS), len(lines)
    for line, (target, kind) in zip(lines, ATTACKS):
        assert line["verdict"] == "flag" and kind in kinds(line), (target, line)


def case_bare_values():
    values = ["' or 'a'='a", "<script>alert(1)</script>", "../../../etc/passwd", "; cat /etc/passwd",
              "plain words", "O'Hara", "3 < 5, 7 > 2", "a & b + c # d %"]
    text = "".join(json.dumps({"value": v}) + "\n" for v in values)
    lines = emit("verdicts", "--format", "values", write("values.ndjson", text))
    assert [l["verdict"] for l in lines] == ["flag"] * 4 + ["pass"] * 4, \
        [(v, l["verdict"], l["findings"]) for v, l in zip(values, lines)]


def case_ordinary_requests_pass():
    text = "".join(clf(target=target, at=i) for i, target in enumerate(ORDINARY))
    lines = emit("verdicts", "--format", "combined", write("ordinary.log", text))
    flagged = [(ORDINARY[l["n"] - 1], l["findings"]) for l in lines if l["verdict"] != "pass"]
    assert not flagged, flagged


def case_encodings_do_not_hide():
    plain = "<script>alert(1)</script>"
    once = "".join(f"%{b:02x}" for b in plain.encode())
    hidden = [once, once.replace("%", "%25"), "".join(f"%u00{b:02x}" for b in plain.encode()),
              plain.replace("<", "&lt;").replace(">", "&#62;").replace(" ", "+").replace("&", "%26").replace("#", "%23")]
    text = "".join(clf(target=f"/find?q={v}", at=i) for i, v in enumerate(hidden))
    for line, value in zip(emit("verdicts", "--format", "combined", write("hidden.log", text)), hidden):
        assert line["verdict"] == "flag", (value, line)


def case_protocol_faults_are_findings():
    text = ("POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
            "0\r\n\r\n")
    lines = emit("verdicts", "--format", "http1", "--client", "none", write("smuggle.http1", text))
    assert lines[0]["verdict"] == "flag", lines


main(globals())
