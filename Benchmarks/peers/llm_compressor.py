#!/usr/bin/env python3
"""Peer (b): llm-compressor's oneshot, with its default pipeline and its default batch of one.

It refuses a group size that does not divide a linear's inputs, so each linear gets the largest
group that divides both 128 and its inputs (64 for SmolLM2's 576), as Spokeshave does. Its GPTQ
takes a group's range from the original weights. `gptq` switches its act-order off, `gptq-static`
leaves it at its default. Its SparseGPT does not heed `ignore`, so the linears are named. After
GPTQ the model holds the rounded weights, dequantised; they are saved as they are.
"""
from datasets import Dataset
from llmcompressor import oneshot
from llmcompressor.modifiers.gptq import GPTQModifier
from llmcompressor.modifiers.pruning import SparseGPTModifier

import peer_process
from column_sweep import group_size

ACT_ORDER = {"gptq": None, "gptq-static": "static"}


def compress(model, tokens, method):
    samples, length = tokens.shape
    rows = tokens.tolist()
    data = Dataset.from_dict({"input_ids": rows, "attention_mask": [[1] * length] * samples})
    oneshot(
        model=model, dataset=data, recipe=modifier(model, method), max_seq_length=length,
        num_calibration_samples=samples, shuffle_calibration_samples=False)


def modifier(model, method):
    """The modifier with the settings of the other programs."""
    names = patterns(model)
    if method == "sparsegpt":
        return SparseGPTModifier(
            sparsity=0.5, mask_structure="0:0", block_size=128, dampening_frac=0.01,
            targets=sorted(names))
    groups = {f"group_{size}": scheme(names, size) for size in sorted(set(names.values()))}
    return GPTQModifier(
        config_groups=groups, block_size=128, dampening_frac=0.01, actorder=ACT_ORDER[method])


def patterns(model):
    """A pattern for each kind of linear in the model's blocks, and the group size it gets."""
    found = {}
    for block in peer_process.blocks(model):
        for name, linear in peer_process.linears(block).items():
            pattern = r"re:model\.layers\.\d+\." + name.replace(".", r"\.") + "$"
            size = group_size(linear.in_features)
            if found.setdefault(pattern, size) != size:
                raise ValueError(f"{name} has inputs of different sizes in different blocks.")
    return found


def scheme(names, size):
    """Four bits, asymmetric, in groups of `size`, for the linears that get this size."""
    return {
        "targets": sorted(name for name in names if names[name] == size),
        "weights": {
            "num_bits": 4, "type": "int", "symmetric": False, "strategy": "group",
            "group_size": size,
        },
    }


if __name__ == "__main__":
    peer_process.main(compress)
