"""What the Python peers share: their arguments, tokens, model, marks of time, and output."""
import argparse
import json
import os
import pathlib
import resource
import shutil
import sys
import time

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM


def arguments():
    parser = argparse.ArgumentParser(description="One case of Benchmarks/peers/run.")
    parser.add_argument("model")
    parser.add_argument("--method", required=True)
    parser.add_argument("--tokens", required=True, help="JSON list of calibration token ids")
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--length", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--out", required=True, help="folder for the dense checkpoint")
    parser.add_argument("--marks", required=True, help="JSON file for the marks of time")
    return parser.parse_args()


def main(compress):
    """Loads, compresses and saves. `compress` takes the model, the token ids (samples x length)
    and the method's name, and changes the model's linears in place. What comes after it, the
    saving, is not measured."""
    options = arguments()
    torch.set_num_threads(options.threads)
    try:
        ids = json.loads(pathlib.Path(options.tokens).read_text())
        tokens = torch.tensor(ids).reshape(options.samples, options.length)
        model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32).eval()
        marks = {"loaded": mark()}
        compress(model, tokens, options.method)
        marks["compressed"] = mark()
        pathlib.Path(options.marks).write_text(json.dumps(marks))
        save(model, options.model, options.out)
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f"{type(error).__name__}: {error}")


def mark():
    """Seconds of the system's monotonic clock, and this process's CPU seconds so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {"clock": time.monotonic(), "cpu": sum(u.ru_utime + u.ru_stime for u in used)}


def blocks(model):
    """The model's list of blocks."""
    layers = getattr(getattr(model, "model", None), "layers", None)
    if layers is None:
        raise ValueError(f"{type(model).__name__} has no model.layers to compress.")
    return layers


def linears(block):
    """All linears of a block by name."""
    return {n: m for n, m in block.named_modules() if isinstance(m, torch.nn.Linear)}


def save(model, source, folder):
    """Writes a copy of the source checkpoint with the model's weights: the same files, names
    and number types, dense, so that all outputs are evaluated alike."""
    os.makedirs(folder, exist_ok=True)
    weights = model.state_dict()
    for path in sorted(pathlib.Path(source).iterdir()):
        target = os.path.join(folder, path.name)
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as file:
                tensors = {name: like(weights, name, file) for name in file.keys()}
            save_file(tensors, target, metadata={"format": "pt"})
        elif path.suffix in (".json", ".model"):
            shutil.copyfile(path, target)


def like(weights, name, file):
    """The model's tensor of that name in the number type that the file has it in."""
    if name not in weights:
        raise ValueError(f"The model has no tensor {name}, though its checkpoint has.")
    kind = file.get_tensor(name).dtype
    return weights[name].detach().to(kind).clone(memory_format=torch.contiguous_format)
