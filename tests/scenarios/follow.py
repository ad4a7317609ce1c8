#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`stockade run` over files that live: an incident is on the screen within a second, whatever log rotation does, and
a signal ends it cleanly."""

import os
import subprocess
import time

from stockade import SANITIZED, main, path, write
from watch import Watch, add, attack, line


def fresh():
    subprocess.run(["rm", "-rf", path("var")], check=True)
    return write("live.log", "".join(line(f"240.1.1.{i}") for i in range(1, 40)))


def case_seen_within_a_second():
    with Watch(fresh()) as watch:
        time.sleep(1.5)
        took = []
        for which in (0, 2, 4, 5):
            add("live.log", attack(f"254.{which}.0.1", which))
            took.append(watch.wait_for(f"254.{which}.0.1"))
        assert max(took) <= (10.0 if SANITIZED else 1.0), took
    assert watch.code == 0, (watch.code, watch.errors)


def case_rotated_in_the_middle_of_a_line():
    with Watch(fresh()) as watch:
        time.sleep(1)
        text = attack("254.1.0.1")
        add("live.log", text[:60])
        time.sleep(0.5)
        os.rename(path("live.log"), path("live.log.1"))
        write("live.log", line("240.1.1.9"))
        time.sleep(0.5)
        add("live.log.1", text[60:]) # the server had the old file open still
        add("live.log", attack("254.1.0.2", 2))
        watch.wait_for("254.1.0.1")
        watch.wait_for("254.1.0.2")


def case_copied_and_truncated():
    with Watch(fresh()) as watch:
        time.sleep(1)
        add("live.log", attack("254.2.0.1"))
        watch.wait_for("254.2.0.1")
        subprocess.run(["cp", path("live.log"), path("live.log.1")], check=True)
        os.truncate(path("live.log"), 0)
        add("live.log", attack("254.2.0.2", 2))
        watch.wait_for("254.2.0.2")


def case_replaced_by_a_folder_and_back():
    with Watch(fresh()) as watch:
        time.sleep(1)
        os.rename(path("live.log"), path("live.log.1"))
        os.mkdir(path("live.log"))
        time.sleep(1)
        assert watch.proc.poll() is None, watch.errors
        os.rmdir(path("live.log"))
        write("live.log", attack("254.3.0.1"))
        watch.wait_for("254.3.0.1")


def case_a_file_that_comes_later():
    fresh()
    with Watch(path("later.log")) as watch:
        time.sleep(0.7)
        assert watch.proc.poll() is None, watch.errors
        write("later.log", line("240.1.1.1") * 5 + attack("254.4.0.1"))
        watch.wait_for("254.4.0.1")


def case_stopped_and_started_again():
    file = fresh()
    with Watch(file) as watch:
        time.sleep(1)
        add("live.log", attack("254.5.0.1"))
        watch.wait_for("254.5.0.1")
    assert watch.code == 0
    add("live.log", attack("254.5.0.2", 2))
    with Watch(file) as watch:
        watch.wait_for("254.5.0.2")
        time.sleep(0.5)
        assert not [i for i in watch.seen if i["actors"][0]["value"] == "254.5.0.1"], "told twice"


main(globals())
