# SPDX-License-Identifier: Apache-2.0
"""What scenarios of following share: a running `stockade run` and the incidents that it prints."""

import json
import signal
import subprocess
import threading
import time

from stockade import ATTACKS, PROGRAM, SCRATCH, path

WAIT_S = 15


class Watch:
    """A running `stockade run`, and the incidents that it prints."""

    def __init__(self, *files):
        self.proc = subprocess.Popen([PROGRAM, "run", "--json", "--dir", path("var"), *files], cwd=SCRATCH,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.seen, self.errors, self.changed = [], b"", threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()
        threading.Thread(target=self.read_errors, daemon=True).start()

    def read(self):
        for line in self.proc.stdout:
            with self.changed:
                self.seen.append(json.loads(line))
                self.changed.notify_all()

    def read_errors(self):
        for line in self.proc.stderr:
            self.errors += line

    def wait_for(self, actor, seconds=WAIT_S):
        """Seconds until an incident names this actor."""
        began = time.monotonic()
        with self.changed:
            found = self.changed.wait_for(lambda: any(a["value"] == actor for i in self.seen for a in i["actors"]), seconds)
        assert found, f"no incident of {actor} within {seconds} s: {self.errors[-1000:]}"
        return time.monotonic() - began

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGTERM)
        try:
            self.proc.wait(timeout=WAIT_S)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            raise AssertionError("SIGTERM did not end it")
        self.code = self.proc.returncode



def line(client, target="/"):
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
    return f'{client} - - [{stamp}] "GET {target} HTTP/1.1" 200 900 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0"\n'


def attack(client, which=0):
    """Another kind of attack for another number: those of one kind and target are one campaign, told once."""
    return line(client, ATTACKS[which][0])


def add(name, text):
    with open(path(name), "a") as file:
        file.write(text)


