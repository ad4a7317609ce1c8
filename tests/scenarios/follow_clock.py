#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A followed log whose clock is two hours behind the wall clock: noticed, measured and reported. Slow: events are
gathered for a minute before they are compared."""

import subprocess
import time

from stockade import main, path, write
from watch import Watch, add

SLOW = True


def case_a_clock_that_is_wrong_is_noticed():
    subprocess.run(["rm", "-rf", path("var")], check=True)
    write("live.log", "")
    with Watch(path("live.log")) as watch:
        began = time.monotonic()
        while time.monotonic() - began < 100 and not watch.seen:
            stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(time.time() - 7200))
            add("live.log", f'240.1.1.1 - - [{stamp}] "GET / HTTP/1.1" 200 900 "-" "-"\n' * 5)
            time.sleep(0.5)
        told = [i["summary"] for i in watch.seen if i["kind"] == "source_clock"]
        assert told and "2 h" in told[0], (watch.seen, watch.errors)


main(globals())
