#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks at the tree as it is committed: sizes of files and functions, licence lines, words that
have no place here, pure modules that touch the world, parsers without a fuzz target, the same
function written twice. Prints what is wrong, one line each; exit 1 when there is any."""

import hashlib
import re
import subprocess
import sys

FILE_LINES = 800      # docs: style, "Sizes that have kept code readable"
FUNCTION_LINES = 60
PURE = ("base", "crypt", "model", "drill", "learn", "protect", "detect")

faults = []


def fault(where, text):
    faults.append(f"{where}: {text}")


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "-z", *patterns], check=True, capture_output=True)
    return [name for name in out.stdout.decode().split("\0") if name]


def read(name):
    with open(name, encoding="utf-8", errors="replace") as file:
        return file.read()


def without_comments(text):
    """Comments and the insides of string literals blanked, line numbers kept."""
    def blank(match):
        found = match.group(0)
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        return found[0] + found[-1]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def check_licences(files):
    for name in files:
        if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(read(name).split("\n")[:3]):
            fault(name, "no line 'SPDX-License-Identifier: Apache-2.0' at its top")


def check_sizes(sources):
    for name in sources:
        lines = read(name).count("\n")
        if lines > FILE_LINES:
            fault(name, f"{lines} lines, over {FILE_LINES}")
    tags = subprocess.run(["ctags", "-L", "-", "--languages=C,C++", "--kinds-C=f", "--kinds-C++=f",
                           "--fields=+ne", "-o", "-"], input="\n".join(sources).encode(),
                          check=True, capture_output=True).stdout.decode()
    bodies = {}
    for line in tags.splitlines():
        if line.startswith("!"):
            continue
        parts = line.split("\t")
        at = dict(p.split(":", 1) for p in parts[3:] if ":" in p)
        first, last = int(at.get("line", 0)), int(at.get("end", 0))
        if last - first + 1 > FUNCTION_LINES:
            fault(f"{parts[1]}:{first}", f"{parts[0]}() has {last - first + 1} lines, "
                                         f"over {FUNCTION_LINES}")
        bodies.setdefault(parts[1], []).append((parts[0], first, last))
    return bodies


def check_duplicates(bodies):
    """The same body of six lines or more, names aside, stands once."""
    seen = {}
    for name, functions in bodies.items():
        if not name.startswith("src/"):
            continue
        lines = without_comments(read(name)).split("\n")
        for function, first, last in functions:
            body = re.sub(r"\s+", " ", " ".join(lines[first:last]))
            if last - first < 6:
                continue
            digest = hashlib.sha1(body.encode()).hexdigest()
            if digest in seen:
                fault(f"{name}:{first}", f"{function}() is {seen[digest]} again")
            seen.setdefault(digest, f"{function}() of {name}:{first}")


# Assembled here so that this file does not hold what it looks for.
WORDS = [r"/" + r"work/", r"/" + r"home/(?:user|runner|\w+/(?:src|work|git))", r"/" + r"tmp/drill", r"\bstr" + r"cpy\s*\(",
         r"\bstr" + r"cat\s*\(", r"(?<![\w])s" + r"printf\s*\(", r"\bget" + r"s\s*\(",
         r"\b(?:FIX" + r"ME|XX" + r"X|HA" + r"CK|TO" + r"DO)\b"]


def check_words(files):
    for name in files:
        for number, line in enumerate(read(name).split("\n"), 1):
            for word in WORDS:
                if re.search(word, line):
                    fault(f"{name}:{number}", f"holds {re.search(word, line).group(0)!r}")


IMPURE = re.compile(r"\b(fopen|open|socket|connect|fork|pthread_create|time|clock_gettime|"
                    r"gettimeofday|getenv|rand|random|srand|exit|abort|printf|fprintf)\s*\(")


def check_purity(sources):
    for name in sources:
        module = name.split("/")[1]
        if module not in PURE or not name.startswith("src/"):
            continue
        for number, line in enumerate(without_comments(read(name)).split("\n"), 1):
            # A member or a variable of that name is not the system's function; base/log.c writes the log.
            found = re.search(r"(?<![\w>.])" + IMPURE.pattern, line)
            if found and name not in ("src/base/log.c", "src/crypt/random.c"):
                fault(f"{name}:{number}", f"a pure module calls {found.group(1)}()")
            if re.search(r"^static (?!const|inline|_Thread)[\w ]+\*?\w+(\[[^]]*\])?( = .*)?;$", line):
                fault(f"{name}:{number}", "a pure module has a global that can change")


def check_fuzzers(files):
    """Every decoder and every confirmer is named by a fuzz target."""
    fuzz = "\n".join(read(f) + f for f in tracked("tests/fuzz/*.c"))
    for name in files:
        found = re.match(r"src/(?:model/decoders|detect/confirm)/(\w+)\.c$", name)
        if found and not re.search(r"\b" + found.group(1).split("_")[0], fuzz):
            generic = "stk_decoders" if "decoders" in name else "stk_confirmers"
            if generic not in fuzz:
                fault(name, "no fuzz target in tests/fuzz reaches it")


def main():
    sources = tracked("src/*.c", "src/*.h", "src/*.cpp", "include/*.h", "tests/*.c", "tests/*.h",
                      "tests/*.cpp")
    scripts = tracked("run", "test", "bench", ".ci/run", "tools/*", "*.py", "tests/lint/run",
                      "tests/fuzz/run", "Makefile", "*.cmake", "*.def", "CMakeLists.txt")
    check_licences(sources + scripts)
    check_duplicates(check_sizes(sources))
    check_words([f for f in tracked() if not re.search(r"\.(gz|zst|png|svg)$", f)])
    check_purity(sources)
    check_fuzzers(sources)
    for line in faults:
        print(line)
    print(f"{len(sources)} sources looked at, {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
