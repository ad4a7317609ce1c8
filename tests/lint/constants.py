#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Detectors know nothing of the drill: no distinctive word, path, payload, user agent or number of
src/drill may stand in src/detect, src/learn, rules/ or the shipped configuration, or its scores would measure
themselves. Distinctive: a string token of six characters or more that is no word of HTTP, SQL
or of the grammar that both sides must speak (tests/lint/common_words.txt), or a number of five
digits or more that is no unit of time or power of two."""

import glob
import re
import sys

STRING = re.compile(r'"((?:\\.|[^"\\\n])*)"')
TOKEN = re.compile(r"[A-Za-z0-9_./'=*+-]{6,}")
NUMBER = re.compile(r"(?<![\w.])(0x[0-9a-fA-F]{5,}|[0-9]{5,})(?![\w.])")


def read(name):
    with open(name, encoding="utf-8", errors="replace") as file:
        text = file.read()
    if not name.endswith((".c", ".h", ".def")):
        return text
    # Comments explain; includes name modules. Neither is a constant.
    return re.sub(r"(?m)^#include.*$", "", re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S))


def numbers(text):
    found = set()
    for digits in NUMBER.findall(text):
        value = int(digits, 16 if digits.startswith("0x") else 10)
        if value & (value - 1) and (value + 1) & value and value % 1000 and value not in (86400,):
            found.add(value)
    return found


def literals(text):
    return {t.lower() for s in STRING.findall(text) for t in TOKEN.findall(s)}


def main():
    with open("tests/lint/common_words.txt", encoding="utf-8") as file:
        common = {line.strip().lower() for line in file if line.strip() and line[0] != "#"}
    drill = [f for f in glob.glob("src/drill/**/*", recursive=True) if f.endswith((".c", ".h", ".def"))]
    watched = [f for pattern in ("src/detect/**/*.[ch]", "src/detect/**/*.def", "src/learn/**/*.[ch]",
                                 "rules/**/*.y*ml", "conf/**/*.y*ml") for f in glob.glob(pattern, recursive=True)]
    ours = {t: f for f in drill for t in literals(read(f)) if t not in common}
    digits = {n: f for f in drill for n in numbers(read(f))}
    faults = []
    for name in watched:
        text = read(name)
        tokens = literals(text) if name.endswith((".c", ".h", ".def")) else \
            {t.lower() for t in TOKEN.findall(text)}
        faults += [f"{name}: {t!r} also stands in {ours[t]}" for t in sorted(tokens & ours.keys())]
        faults += [f"{name}: {n} also stands in {digits[n]}" for n in sorted(numbers(text) & digits.keys())]
    for line in faults:
        print(line)
    print(f"{len(ours)} words and {len(digits)} numbers of {len(drill)} drill files against "
          f"{len(watched)} files of detection: {len(faults)} shared")
    if not drill or len(ours) < 50:
        print("the drill's words were not found: this test would pass on anything")
        return 1
    return 1 if faults else 0


sys.exit(main())
