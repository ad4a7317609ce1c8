#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every verb beside replay: what it says to people, what it says as NDJSON, and what it answers to mistakes."""

import os

from stockade import ATTACKS, clf, emit, main, path, run, shop_log, write


def rows(*args, code=0):
    """The lines of a run with --json: each is an object with its version."""
    ran = run(*args, "--json")
    assert ran.code == code, (args, ran.code, ran.err[-500:])
    lines = ran.lines()
    assert lines and all(line["v"] == 1 for line in lines), (args, lines[:3])
    return lines


def learned(name, targets):
    text = "".join(clf(f"240.1.1.{n % 40}", targets[n % len(targets)], at=n) for n in range(400))
    out = path(name)
    ran = run("profile", "learn", "--format", "combined", "--out", out, write(name + ".log", text))
    assert ran.code == 0, ran.err
    return out


def remembered():
    file = write("shop.log", shop_log(3000))
    return path("kept"), emit("incidents", "--store", path("kept"), file)


def case_what_is_built_in():
    for what in ("rules", "detectors", "decoders", "kinds"):
        rows("list", what)
    assert rows("version")[0]["version"].encode() in run("version").out
    assert {"name", "kinds", "summary"} <= set(rows("drill", "--list")[0])


def case_explain():
    for thing, kind in (("sqli.structure", "rule"), ("rates", "detector"), ("rates.scraping_pages", "option"),
                        ("combined", "decoder"), ("sqli", "kind"), ("replay.fail-on", "option"), ("correlate", "section")):
        lines = rows("explain", thing)
        assert lines[0]["type"] == kind and lines[0]["summary"], (thing, lines)
        assert thing.encode() in run("explain", thing).out, thing
    assert run("explain", "no-such-thing").code == 2


def case_profiles():
    p, q = learned("p.profile", ["/", "/p/1?size=10"]), learned("q.profile", ["/", "/p/1?size=10", "/cart?full=yes"])
    whole, *rest = rows("profile", "show", q)
    assert whole["type"] == "profile" and whole["units"] == 400 and whole["endpoints"] == 3, whole
    assert {r["name"] for r in rest if r["type"] == "parameter"} == {"size", "full"}, rest
    assert b"/cart" in run("profile", "show", q).out
    assert {(d["only_in"], d["what"]) for d in rows("profile", "diff", p, q)} >= {("second", "/cart")}
    assert b"+ /cart\n" in run("profile", "diff", p, q).out
    same = run("profile", "diff", "--json", p, p)
    assert same.code == 0 and not same.out


def case_damaged_profiles():
    good = open(learned("p.profile", ["/"])).read()
    log = write("in.log", clf())
    newer = write("newer.profile", good.replace("stockade-profile 1", "stockade-profile 7", 1))
    for bad in (newer, write("cut.profile", good[:len(good) // 2]), write("empty.profile", ""),
                write("noise.profile", b"\0\xff\x01" * 400), path("absent.profile")):
        for args in (("replay", "--profile", bad, log), ("profile", "show", bad), ("profile", "diff", bad, bad)):
            ran = run(*args)
            assert ran.code == 3 and bad.encode() in ran.err, (args, ran.code, ran.err)
    assert b"version" in run("profile", "show", newer).err
    assert run("check", "--profile", newer).code == 1


def case_what_is_remembered():
    store, said = remembered()
    ids = {i["id"] for i in said}
    kept = rows("list", "incidents", "--store", store)
    assert {i["id"] for i in kept} == ids
    sources = {s["number"] for s in rows("list", "sources", "--store", store)}
    assert {f for i in kept for f, _ in i["units"]} <= sources, "units name sources by their number"
    whole = rows("incident", kept[0]["id"], "--store", store)[0]
    assert {"incident", "timeline", "graph", "findings"} <= set(whole) and whole["findings"]
    assert {f["unit"][0] for f in whole["findings"]} <= sources
    assert rows("explain", kept[0]["id"], "--store", store)[0] == whole
    finding = whole["findings"][0]
    assert rows("explain", finding["id"], "--store", store)[0] == finding
    rows("reveal", kept[0]["id"], "--reason", "the customer asked us", "--store", store)
    audit = rows("list", "audit", "--store", store)
    assert audit[-1]["reason"] == "the customer asked us" and kept[0]["id"] in audit[-1]["object"]


def case_clear_values_are_only_in_a_replay():
    store, said = remembered()
    assert any(a["value"] == "254.1.2.3" for i in said for a in i["actors"])
    for args in (("list", "incidents"), ("incident", said[0]["id"])):
        assert b"254.1.2.3" not in run(*args, "--store", store).out, args


def case_chinese():
    file = write("loud.log", shop_log(3000))
    text = run("replay", "--lang", "zh", file).out.decode()
    assert "注入" in text and "attempt" not in text and "events" not in text, text[:400]
    store, said = remembered()
    whole = run("incident", said[0]["id"], "--store", store, "--lang", "zh").out.decode()
    assert "时间线" in whole and "timeline" not in whole and "times)" not in whole, whole[:600]
    lines = run("replay", "--json", "--lang", "zh", "--emit", "findings", file).lines()
    assert lines and all(any("\u4e00" <= c <= "\u9fff" for c in line["reason"]) for line in lines), lines[0]


def case_one_is_not_many():
    ran = run("replay", write("one.log", clf(target=ATTACKS[0][0])))
    assert b"1 event " in ran.out and b"1 suspicious event " in ran.out and b"0 s" not in ran.out, ran.out


def case_times_sort_as_texts():
    text = "".join(f"GET /?q={i} HTTP/1.1\r\nHost: a\r\n\r\n" for i in range(998))
    text += f"GET {ATTACKS[0][0]} HTTP/1.1\r\nHost: a\r\n\r\n" * 5
    for line in emit("incidents", "--format", "http1", "--client", "none", write("in.http1", text)):
        assert line["first_at"] == "2000-01-01T00:00:00.999Z" <= line["last_at"] == "2000-01-01T00:00:01.003Z", line


def case_half_a_verb():
    for words in (("profile",), ("profile", "lern"), ("help", "profile")):
        ran = run(*words)
        assert ran.code == 2 and b"profile learn" in ran.err, (words, ran.err)
    assert b"'replay'" in run("help", "repaly").err


def case_check_says_where():
    rules = write("bad.yaml", "rules:\n  - id: x.y\n    severty: high\n")
    config = write("stockade.yaml", "detectors:\n  rates:\n    scraping_page: 10\n")
    ran = run("check", "--json", "--config", config)
    assert ran.code == 1, ran.err
    fault = ran.lines()[0]
    assert (fault["v"], fault["line"], fault["column"]) == (1, 3, 5) and "scraping_pages" in fault["text"], fault
    ran = run("check", "--config", config)
    assert ran.code == 1 and b":3:5: " in ran.out and b"did you mean 'scraping_pages'" in ran.out, ran.out
    assert rules and run("check").code == 0


def case_check_names_the_place_of_what_is_not_there():
    for text, place, says in (("policy: absent.yaml\n", ":1:9: ", "absent.yaml"), ("profile: absent\n", ":1:10: ", "absent"),
                              ("detectors:\n  ratez: {}\n", ":2:3: ", "did you mean 'rates'"),
                              ("sources:\n  - path: x\n    format: ngix:y\n", ":3:13: ", "did you mean 'nginx'"),
                              ("sources:\n  - path: x\n    format: 'json:foo'\n", ":3:13: ", "preset")):
        ran = run("check", "--config", write("stockade.yaml", text))
        assert ran.code == 1 and place in ran.out.decode() and says in ran.out.decode(), (text, ran.code, ran.out)
    assert run("check", "--config", path("no-such.yaml")).code == 3


def case_a_store_that_the_configuration_places_elsewhere_is_found():
    store, said = remembered()
    os.makedirs(path("place"), exist_ok=True)
    write("place/stockade.yaml", f"store: {store}\nkeys: {store}.keys\n")
    assert {i["id"] for i in rows("list", "incidents", "--dir", path("place"))} == {i["id"] for i in said}
    for args in (("list", "incidents", "--dir", path("nowhere")), ("incident", said[0]["id"], "--store", path("nowhere"))):
        ran = run(*args)
        assert ran.code == 3 and b"there is no store" in ran.err, (args, ran.err)


main(globals())
