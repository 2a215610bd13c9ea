"""The scratch environment with PyTorch and llm-compressor, and what child processes are given."""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
THREAD_VARIABLES = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]


class Failure(Exception):
    """Something the user must know, in one sentence."""


def folder():
    """Where the environment is: SPOKESHAVE_PEERS_ENV, or .build/peers-env of the checkout."""
    return pathlib.Path(os.environ.get("SPOKESHAVE_PEERS_ENV") or ROOT / ".build" / "peers-env")


def set_up():
    """Makes the environment, or brings it up to date with requirements.txt."""
    commands = [
        [sys.executable, "-m", "venv", str(folder())],
        [str(folder() / "bin" / "python"), "-m", "pip", "install", "--no-cache-dir",
         "--disable-pip-version-check", "-r", str(HERE / "requirements.txt")],
    ]
    for command in commands:
        if subprocess.run(command, check=False).returncode != 0:
            raise Failure(f"“{' '.join(command[1:4])}” failed; see its output above.")


def python():
    """The environment's interpreter."""
    path = folder() / "bin" / "python"
    if not path.exists():
        raise Failure("There is no environment with the peers yet: use --setup first.")
    return str(path)


def variables(threads):
    """A child's environment variables: a number of threads, no network, no accelerator."""
    return {
        **os.environ, **{name: str(threads) for name in THREAD_VARIABLES},
        "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "CUDA_VISIBLE_DEVICES": "",
    }


def processors(threads):
    """As many processors as threads, on different cores as far as there are enough."""
    allowed, first, second = sorted(os.sched_getaffinity(0)), [], []
    seen = set()
    for number in allowed:
        path = f"/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list"
        try:
            core = pathlib.Path(path).read_text()
        except OSError:
            core = str(number)
        (second if core in seen else first).append(number)
        seen.add(core)
    if threads > len(allowed):
        raise Failure(f"{threads} threads are asked for; there are {len(allowed)} processors.")
    return (first + second)[:threads]


def machine():
    """What the figures were measured on; no names of machines or people."""
    model = memory = ""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal"):
            memory = f"{int(line.split()[1]) / 1024**2:.0f} GiB"
    return {
        "processor": model, "processors": len(os.sched_getaffinity(0)), "memory": memory,
        "openblasCoretype": os.environ.get("OPENBLAS_CORETYPE"),
    }


def versions():
    """The versions of the packages that are compared."""
    code = ("import json, importlib.metadata as m; print(json.dumps({n: m.version(n) for n in "
            "['torch', 'transformers', 'llmcompressor', 'compressed-tensors']}))")
    done = subprocess.run([python(), "-c", code], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure("The environment lacks a package that it needs: use --setup again.")
    return done.stdout.strip()
