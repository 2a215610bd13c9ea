"""Runs a program and measures it with all its children: wall and CPU seconds, and memory."""
import os
import resource
import select
import signal
import subprocess
import time
from dataclasses import dataclass

from environment import Failure

PERIOD = 0.1  # seconds between two looks at the memory


@dataclass
class Measurement:
    """Seconds, and the memory at each look.

    CPU seconds are user and system time of the program and of all children that were waited
    for. A look is (clock, anonymous bytes, resident bytes), summed over the process tree;
    anonymous is RssAnon: mapped files do not count. Resident counts mapped files too, and what
    processes share once for each of them."""
    started: float
    ended: float
    cpu: float
    looks: list

    def peak(self, kind, until=None):
        """The largest sum up to a moment: kind 1 is anonymous, 2 is resident."""
        return max([look[kind] for look in self.looks if until is None or look[0] <= until],
                   default=0)


class Tree:
    """A process and its descendants. A process that lost its parent stays in the tree."""

    def __init__(self, root):
        self.members = {root}
        self.strangers = set()

    def look(self):
        """Sums of anonymous and of resident bytes now."""
        present = {int(name) for name in os.listdir("/proc") if name.isdigit()}
        self.strangers &= present
        found = {pid: status(pid) for pid in present - self.strangers}
        found = {pid: fields for pid, fields in found.items() if fields}
        for pid in sorted(found):
            self.place(pid, found)
        sums = [found[pid] for pid in self.members if pid in found]
        return sum(s[1] for s in sums), sum(s[2] for s in sums)

    def place(self, pid, found):
        """Decides whether a process belongs to the tree by walking up to one that is decided."""
        line = []
        while pid in found and pid not in self.members:
            line.append(pid)
            pid = found[pid][0]
        (self.members if pid in self.members else self.strangers).update(line)


def status(pid):
    """Parent, anonymous bytes, resident bytes; None for a process that is gone."""
    fields = {}
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name in ("PPid", "RssAnon", "VmRSS"):
                    fields[name] = int(value.split()[0])
    except OSError:
        return None
    if "PPid" not in fields:
        return None
    return fields["PPid"], fields.get("RssAnon", 0) * 1024, fields.get("VmRSS", 0) * 1024


def measure(command, log, variables, folder, processors, seconds_max):
    """Runs a command to its end. Its output goes to the file `log`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(log, "wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env=variables, cwd=folder, start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, processors))
    try:
        looks = watch(process, started + seconds_max)
        ended = time.monotonic()
    finally:
        stop(process)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        late = ended - started >= seconds_max
        reason = f"took over {seconds_max} s" if late else f"ended with {process.returncode}"
        name = " ".join(os.path.basename(word) for word in command[:2])
        raise Failure(f"“{name}” {reason}; the end of its output: {tail(log)}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measurement(started, ended, cpu, looks)


def watch(process, deadline):
    """Looks at the memory until the process has ended or the time is over."""
    tree, looks = Tree(process.pid), []
    handle = os.pidfd_open(process.pid)
    try:
        now = time.monotonic()
        while now < deadline:
            looks.append((now, *tree.look()))
            rest = PERIOD - (time.monotonic() - now)
            if select.select([handle], [], [], max(0, rest))[0]:
                break
            now = time.monotonic()
    finally:
        os.close(handle)
    return looks


def stop(process):
    """Takes the exit code; a process that still runs is asked to end, then made to."""
    try:
        process.wait(timeout=0.1)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def tail(log):
    """The last line of a log that says something."""
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file.read().replace("\r", "\n").splitlines()]
    return next((line[-400:] for line in reversed(lines) if line), "nothing")
