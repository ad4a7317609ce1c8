#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is remembered: a replay into a store can be run again, holds each event once, and law 1 holds: nothing
personal is in the store or the logs, neither as text nor packed."""

import base64
import glob
import ipaddress
import os
import sqlite3

from stockade import emit, main, path, replay, run, same_incidents, shop_log, write, clf

CUSTOMER = "240.77.66.55"
ATTACKER = "254.1.2.3"
ACCOUNT = "zzyzx.quux4711@post9.example"
PAYLOAD = "union all select qwertzcolumn from"


def log():
    text = shop_log(6000) + "".join(clf(CUSTOMER, f"/p/{i}", user=ACCOUNT, at=86000 + i) for i in range(5))
    text += "".join(clf(ATTACKER, "/s?q=1'+" + PAYLOAD.replace(" ", "+") + "+a--", at=86100 + i) for i in range(4))
    return write("shop.log", text)


def case_again_is_the_same():
    file = log()
    first = emit("incidents", "--store", path("store"), file)
    assert first
    again = emit("incidents", "--store", path("store"), file)
    assert same_incidents(first, again)
    assert any(a["value"] == ATTACKER for i in again for a in i["actors"]), "clear values, read again from the file"


def case_with_or_without_a_store():
    file = log()
    assert same_incidents(emit("incidents", file), emit("incidents", "--store", path("store2"), file))


def case_half_first_then_all():
    """A file that was replayed to its end and has grown since: the rest is read, nothing is stored twice."""
    text = open(log()).read()
    rows = text.splitlines(keepends=True)
    file = write("growing.log", "".join(rows[:len(rows) // 2]))
    replay("--store", path("store3"), file)
    assert stored_records(path("store3")) == len(rows) // 2
    write("growing.log", text)
    emit("incidents", "--store", path("store3"), file)
    emit("incidents", "--store", path("store4"), write("copy.log", text))
    assert stored_records(path("store3")) == stored_records(path("store4")) == len(rows)
    assert stored_ids(path("store3"), "finding") == stored_ids(path("store4"), "finding")


def case_every_event_is_there_once():
    file = log()
    emit("incidents", "--store", path("store5"), file)
    emit("incidents", "--store", path("store5"), file)
    assert stored_records(path("store5")) == len(open(file).readlines())


def stored_records(store):
    """The records that a store says it holds, from its own tables."""
    total = 0
    for name in glob.glob(store + "/*"):
        with open(name, "rb") as file:
            if file.read(15) != b"SQLite format 3":
                continue
        with sqlite3.connect(f"file:{name}?mode=ro", uri=True) as db:
            if db.execute("select 1 from sqlite_master where name='block'").fetchone():
                total += db.execute("select sum(count) from block").fetchone()[0] or 0
    return total


def stored_ids(store, table):
    with sqlite3.connect(f"file:{store}/store.db?mode=ro", uri=True) as db:
        return sorted(row[0] for row in db.execute(f"select id from {table}"))


def forms(secret):
    """A secret as it might hide: text, hexadecimal, base64 at each of its three places, and as packed address."""
    raw = [secret.encode()]
    try:
        address = ipaddress.ip_address(secret)
        raw += [address.packed, ipaddress.ip_address("::ffff:" + secret).packed if address.version == 4 else address.packed]
        if address.version == 4:
            raw.append(address.packed[::-1])
    except ValueError:
        pass
    found = set()
    for bytes_ in raw:
        found |= {bytes_, bytes_.hex().encode(), bytes_.hex().upper().encode()}
        for shift in range(3):
            text = base64.b64encode(b"\0" * shift + bytes_).rstrip(b"=")
            inner = text[shift * 8 // 6 + (shift > 0):-1]
            if len(inner) >= 6:
                found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return {f for f in found if len(f) >= 4}


def scan(folder, secrets):
    """Where a form of a secret occurs in any file of a folder."""
    hits = []
    for name in glob.glob(folder + "/**/*", recursive=True):
        if not os.path.isfile(name):
            continue
        with open(name, "rb") as file:
            content = file.read()
        hits += [(os.path.basename(name), s) for s in secrets for f in forms(s) if f in content]
    return hits


def case_nothing_personal_is_in_the_store_or_the_logs():
    file = log()
    ran = replay("--store", path("private/store"), file) if os.makedirs(path("private"), exist_ok=True) is None else None
    assert ran.code == 0 and ran.out, ran.err
    write("private/stderr.log", ran.err)
    secrets = [CUSTOMER, ATTACKER, ACCOUNT, PAYLOAD, PAYLOAD.replace(" ", "+"), "qwertzcolumn", "zzyzx.quux4711"]
    assert not scan(path("private"), secrets), scan(path("private"), secrets)
    # The scan itself must be able to find: each form is planted, and found.
    for secret in secrets:
        for form in forms(secret):
            write("private/planted", b"head" + form + b"tail")
            assert scan(path("private"), [secret]), (secret, form)
    os.remove(path("private/planted"))


def case_two_files_of_one_run():
    one, two = write("one.log", shop_log(3000, seed=1)), write("two.log", shop_log(3000, seed=2))
    first = emit("incidents", "--store", path("store6"), one, two)
    assert same_incidents(first, emit("incidents", "--store", path("store6"), one, two))
    assert stored_records(path("store6")) == sum(len(open(f).readlines()) for f in (one, two))


def case_one_file_today_and_another_tomorrow():
    """Incidents of the first are open still when the second is read: the store knows whose they are."""
    first, second = write("first.log", shop_log(2000)), write("second.log", shop_log(2000, seed=7))
    before = emit("incidents", "--store", path("days"), first)
    after = emit("incidents", "--store", path("days"), second)
    assert before and after
    again = emit("incidents", "--store", path("days"), first)
    assert {i["id"] for i in before} <= {i["id"] for i in again}
    assert stored_records(path("days")) == len(open(first).readlines()) + len(open(second).readlines())


def case_reveal_needs_a_reason_and_is_recorded():
    file = log()
    emit("incidents", "--store", path("store7"), file)
    listed = run("list", "incidents", "--store", path("store7"), "--json").lines()
    assert listed
    told = run("incident", listed[0]["id"], "--store", path("store7"), "--json")
    assert told.code == 0 and ATTACKER.encode() not in told.out
    assert run("reveal", listed[0]["id"], "--store", path("store7")).code == 2, "no reason"
    names = b"".join(run("reveal", row["id"], "--store", path("store7"), "--reason", "a customer asked", "--json").out
                     for row in listed)
    assert ATTACKER.encode() in names
    audit = run("list", "audit", "--store", path("store7"), "--json").lines()
    assert len(audit) == len(listed) and all(a["reason"] == "a customer asked" for a in audit), audit


def drilled():
    """A shop's day with every kind of attack: many clients and accounts, so that sketches estimate."""
    assert run("drill", "--seed", "4", "--scale", "40", "--out", path("drill")).code == 0
    return [path("drill/" + name) for name in ("access.log", "auth.log", "commerce.ndjson")]


def case_a_store_changes_nothing_of_what_is_said():
    files = drilled()
    for what in ("findings", "incidents"):
        alone = emit(what, *files)
        assert alone and alone == emit(what, "--store", path("one-" + what), *files), what
        assert alone == emit(what, "--store", path("two-" + what), *files), what
    other = emit("incidents", *reversed(files))
    for incident in other:
        incident["units"] = [[2 - file, n] for file, n in incident["units"]]
    assert alone == other, "the order of files matters"


def case_a_file_that_has_grown_is_as_if_it_had_been_whole():
    """Wherever it was cut: a last line that nothing ends may be a part of one, and is read again."""
    whole = open(drilled()[0], "rb").read()
    half = whole.rfind(b"\n", 0, len(whole) // 2) + 1
    for name, there in (("lines", half), ("within", half + 60), ("before", half - 1)):
        file = write("grows.log", whole[:there])
        for _ in range(2):
            assert emit("incidents", "--store", path(name), file) == emit("incidents", file), name
        write("grows.log", whole)
        assert emit("incidents", "--store", path(name), file) == emit("incidents", file), name


def case_a_last_line_without_an_end_is_stored_once():
    file = log()
    write("shop.log", open(file).read().rstrip("\n"))
    for _ in range(2):
        emit("incidents", "--store", path("store9"), file)
        assert stored_records(path("store9")) == len(open(file).readlines())


main(globals())
