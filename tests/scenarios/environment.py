#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A machine that refuses: no room on the disk, no right to write, a store that is a file, a store in use. The
message names the thing and the exit code is 3; when the trouble is over, the same command finishes the work."""

import os
import resource
import subprocess

from stockade import emit, main, path, replay, run, same_incidents, shop_log, write


def log():
    return write("shop.log", shop_log(30000))


def is_root():
    return os.geteuid() == 0


def as_nobody():
    if is_root():
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)


def refused(ran, *words):
    assert ran.code == 3, (ran.code, ran.err)
    text = ran.err.decode(errors="replace")
    assert text.strip() and all(w in text for w in words), text


def case_a_store_in_a_folder_without_the_right():
    os.makedirs(path("locked"), exist_ok=True)
    os.chmod(path("locked"), 0o555)
    os.chmod(path("."), 0o755)
    file = log()
    if is_root() and not os.access(os.path.dirname(path(".")), os.X_OK):
        return
    probe = subprocess.run(["cat", file], preexec_fn=as_nobody, capture_output=True)
    if probe.returncode != 0:
        print("note    the checkout is not readable to others: tried as root's own folder only")
        return
    refused(replay("--store", path("locked/store"), file, before=as_nobody), "locked/store")


def case_a_store_that_is_a_file():
    ran = replay("--store", write("store-file", "x"), log())
    assert ran.code in (2, 3) and b"store-file is not a directory" in ran.err, (ran.code, ran.err)


def case_a_store_whose_parent_is_missing_names_it():
    refused(replay("--store", path("no/such/parent/store"), log()), "no/such/parent")


def case_the_disk_fills_up_and_is_cleared():
    file = log()
    undisturbed = emit("incidents", "--store", path("other"), file)

    def little_room():
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN) # as a full disk: the write fails, nobody is killed
        resource.setrlimit(resource.RLIMIT_FSIZE, (200 << 10, 200 << 10))

    ran = replay("--store", path("full"), file, before=little_room)
    refused(ran, "full")
    assert same_incidents(emit("incidents", "--store", path("full"), file), undisturbed)


def mounted(options):
    os.makedirs(path("disk"), exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path("disk")], capture_output=True)
    if done.returncode != 0:
        print("note    no right to mount: the small and the read-only disk were not tried")
    return done.returncode == 0


def case_keys_that_are_gone_are_not_made_anew():
    file = log()
    assert replay("--store", path("kept"), file).code == 0
    os.rename(path("kept.keys"), path("kept.away"))
    refused(replay("--store", path("kept"), file), "kept.keys")
    assert not os.path.exists(path("kept.keys")), "a new key file stands where the old one belongs"
    os.rename(path("kept.away"), path("kept.keys"))
    assert replay("--store", path("kept"), file).code == 0


def case_a_pipe_with_a_store():
    """A pipe is read once: nothing opens it again, and waits for ever."""
    pipe, file = path("pipe"), log()
    os.mkfifo(pipe)
    for _ in range(2):
        with subprocess.Popen(["sh", "-c", 'cat "$1" > "$2"', "sh", file, pipe]) as writer:
            assert replay("--store", path("piped"), pipe, timeout=30).code == 0
            assert writer.wait(timeout=5) == 0


def case_a_small_disk():
    if not mounted("size=300k"):
        return
    try:
        refused(replay("--store", path("disk/store"), log()), "store")
    finally:
        subprocess.run(["umount", "-l", path("disk")], check=True)


def case_a_read_only_disk():
    file = log()
    if not mounted("size=50m"):
        return
    try:
        emit("incidents", "--store", path("disk/store"), file)
        subprocess.run(["mount", "-o", "remount,ro", path("disk")], check=True)
        refused(replay("--store", path("disk/store"), file), "store")
        refused(replay("--store", path("disk/new"), file), "new")
        ran = run("list", "incidents", "--store", path("disk/store"), "--json")
        assert ran.code == 0 and ran.lines(), (ran.code, ran.err)
    finally:
        subprocess.run(["umount", "-l", path("disk")], check=True)


def case_output_that_nobody_reads():
    """A pipe that closes early (`| head`) ends the program without noise and without a signal left behind."""
    from stockade import PROGRAM
    proc = subprocess.Popen([PROGRAM, "replay", "--json", "--emit", "verdicts", log()], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
    proc.stdout.readline()
    proc.stdout.close()
    proc.wait(timeout=60)
    assert b"runtime error" not in proc.stderr.read()
    assert proc.returncode in (0, 3, -13), proc.returncode


def case_output_to_a_full_disk():
    file = log()
    with open("/dev/full", "wb") as full:
        from stockade import PROGRAM
        done = subprocess.run([PROGRAM, "replay", "--json", "--emit", "verdicts", file], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 3 and done.stderr, (done.returncode, done.stderr)


main(globals())
