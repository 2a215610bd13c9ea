"""A real cluster of processes for scripts/chaos and scripts/acceptance.

Each machine is a network namespace with an address of its own on a private bridge, and a small
disk (tmpfs) of its own, where the user may make them; else a folder, and loopback.
"""

import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def program():
    named = os.environ.get("SPOKESHAVE")
    return named or str(ROOT / ".build" / "debug" / "spokeshave")


def run(*command, check=True, timeout=600, **options):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=timeout, **options)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done


def may_make_namespaces():
    """Whether this user and this machine can have namespaces on a bridge."""
    try:
        Network(1).close()
        return True
    except (OSError, RuntimeError):
        return False


class Network:
    """Namespaces on one bridge: 10.79.0.1, 10.79.0.2 and so on."""

    def __init__(self, count):
        self.tag = f"sp{os.getpid() % 10000}"
        self.names = []
        self.bridge_space = f"{self.tag}sw"
        try:
            self.make(count)
        except (OSError, RuntimeError):
            self.close()
            raise

    def make(self, count):
        run("ip", "netns", "add", self.bridge_space)
        run("ip", "-n", self.bridge_space, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", self.bridge_space, "link", "set", "br0", "up")
        for number in range(count):
            name = f"{self.tag}h{number}"
            run("ip", "netns", "add", name)
            self.names.append(name)
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name",
                f"p{number}", "netns", self.bridge_space)
            run("ip", "-n", self.bridge_space, "link", "set", f"p{number}", "master", "br0", "up")
            run("ip", "-n", name, "addr", "add", f"{self.address(number)}/24", "dev", "eth0")
            run("ip", "-n", name, "link", "set", "eth0", "up")

    @staticmethod
    def address(number):
        return f"10.79.0.{number + 1}"

    def cut(self, number):
        run("ip", "-n", self.bridge_space, "link", "set", f"p{number}", "down")

    def mend(self, number):
        run("ip", "-n", self.bridge_space, "link", "set", f"p{number}", "up")

    def close(self):
        for name in self.names + [self.bridge_space]:
            try:
                run("ip", "netns", "del", name, check=False)
            except OSError:
                return


class Machine:
    """One process with its folder, its address and, where possible, its own disk."""

    def __init__(self, number, folder, network, disk_bytes):
        self.number = number
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.network = network
        self.process = None
        self.is_stopped = False
        self.is_mounted = False
        self.log = open(f"{folder}.log", "ab")
        if disk_bytes:
            done = run("mount", "-t", "tmpfs", "-o", f"size={disk_bytes}", "tmpfs", self.folder,
                       check=False)
            self.is_mounted = done.returncode == 0

    @property
    def address(self):
        return self.network.address(self.number) if self.network else "127.0.0.1"

    def prefix(self):
        return ["ip", "netns", "exec", self.network.names[self.number]] if self.network else []

    def start(self, *arguments, environment=None):
        everything = dict(os.environ, SPOKESHAVE_HOST=f"machine-{self.number}",
                          **(environment or {}))
        self.process = subprocess.Popen(
            self.prefix() + [program()] + [str(part) for part in arguments],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=everything,
            start_new_session=True)

    def command(self, *arguments, check=True, timeout=120):
        return run(*self.prefix(), program(), *arguments, check=check, timeout=timeout)

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.is_running:
            # Only the daemon: its children must end by themselves.
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.is_stopped = False

    def freeze(self):
        if self.is_running:
            os.killpg(self.process.pid, signal.SIGSTOP)
            self.is_stopped = True

    def thaw(self):
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
        self.is_stopped = False

    def terminate(self, patience=90):
        if not self.is_running:
            return
        self.thaw()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def close(self):
        self.thaw()
        self.kill()
        if self.is_mounted:
            run("umount", "-l", self.folder, check=False)
        self.log.close()


class Cluster:
    """A coordinator (machine 0) and workers (machines 1…), with identities unless told otherwise."""

    def __init__(self, folder, workers, secure=True, namespaces=None, disk_bytes=0, options=(),
                 worker_options=(), slots=1):
        self.folder = pathlib.Path(folder)
        use = may_make_namespaces() if namespaces is None else namespaces
        self.network = Network(workers + 1) if use else None
        self.secure = secure
        self.options = list(options)
        self.worker_options = list(worker_options)
        self.slots = slots
        self.machines = [
            Machine(n, self.folder / ("coordinator" if n == 0 else f"worker-{n}"), self.network,
                    disk_bytes)
            for n in range(workers + 1)]
        self.coordinator = self.machines[0]
        self.workers = self.machines[1:]
        base = 7740 + os.getpid() % 20000
        self.ports = (base, base + 1, base + 2) if not self.network else (7741, 7742, 7743)
        if secure:
            self.coordinator.command("cluster", "init", "--data-dir", self.coordinator.folder)
        self.socket = f"ipc://{self.folder}/c.sock"

    @property
    def control(self):
        scheme = "tls+tcp" if self.secure else "tcp"
        return f"{scheme}://{self.coordinator.address}:{self.ports[0]}"

    def start_coordinator(self):
        listening = ["coordinator", "--data-dir", self.coordinator.folder, "--listen", self.control,
                     "--blobs", f"tcp://{self.coordinator.address}:{self.ports[2]}",
                     "--local", self.socket, *self.options]
        if self.secure:
            listening += ["--join", f"tls+tcp://{self.coordinator.address}:{self.ports[1]}"]
        else:
            listening += ["--insecure"]
        self.coordinator.start(*listening)

    def wait_for_coordinator(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.ask("health", check=False, timeout=30).returncode in (0, 1):
                try:
                    return self.json("health", check=False)
                except ValueError:
                    pass
            if not self.coordinator.is_running:
                raise RuntimeError(f"the coordinator ended; see {self.coordinator.folder}.log")
            time.sleep(0.1)
        raise RuntimeError("the coordinator does not answer")

    def join_worker(self, machine):
        if not self.secure or (machine.folder / "identity").exists():
            return
        token = self.ask("cluster", "token", "--role", "worker").stdout.strip()
        machine.command(
            "worker", "join", "--token", token, "--coordinator",
            f"tls+tcp://{self.coordinator.address}:{self.ports[1]}", "--data-dir", machine.folder,
            "--name", f"m{machine.number}")

    def start_worker(self, machine):
        command = ["worker", "--coordinator", self.control, "--data-dir", machine.folder, "--slots",
                   self.slots, "--blobs", f"tcp://{machine.address}:0", *self.worker_options]
        if not self.secure:
            command += ["--insecure"]
        machine.start(*command)

    def start(self):
        self.start_coordinator()
        self.wait_for_coordinator()
        for machine in self.workers:
            self.join_worker(machine)
            self.start_worker(machine)

    def ask(self, *arguments, check=True, timeout=120):
        """A command on the coordinator's machine, through its socket."""
        return self.coordinator.command(
            *arguments, "--coordinator", self.socket, check=check, timeout=timeout)

    def json(self, *arguments, check=True):
        return json.loads(self.ask(*arguments, "--json", check=check).stdout)

    def status(self, job):
        return self.json("status", job)

    def wait(self, job, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status = self.status(job)
            if status["phase"] != "running":
                return status
            time.sleep(0.2)
        raise RuntimeError(f"{job} is not over after {seconds} s: {self.status(job)}")

    def ledger(self):
        """The ledger, for reading."""
        path = self.coordinator.folder / "ledger.sqlite"
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def stop(self):
        for machine in self.workers + [self.coordinator]:
            machine.terminate()

    def close(self):
        for machine in self.machines:
            machine.close()
        if self.network:
            self.network.close()


def stray_files(folder):
    """Files of an unfinished write in a data folder."""
    stray = []
    for path in pathlib.Path(folder).rglob("*"):
        is_temporary = "tmp" in path.relative_to(folder).parts
        if path.is_file() and (path.suffix in (".tmp", ".part") or is_temporary):
            stray.append(path)
    return stray


def digest_of(folder):
    """Names and digests of an output folder; the report without what differs from run to run."""
    import hashlib

    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if path.name == "spokeshave-report.json":
            report = json.loads(content)
            report.pop("measured", None)
            content = json.dumps(report, sort_keys=True).encode()
        found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def processes_of(folder):
    """Processes that still work in a folder, other than zombies."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command and "spokeshave" in command and int(entry.name) != os.getpid():
            found.append((int(entry.name), command.strip()))
    return found


def threads_of(process):
    """What each thread of a process waits for, for the story of a failure."""
    lines = []
    for task in sorted(pathlib.Path(f"/proc/{process}/task").glob("*")):
        try:
            words = [(task / name).read_text().strip() for name in ("comm", "wchan")]
            state = (task / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        lines.append(" ".join([words[0], state, words[1]]))
    return "\n".join(lines)


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
