#!/usr/bin/env python3
"""Peer (a): GPTQ and SparseGPT in plain PyTorch, as published, by ourselves.

Block mode: a block's Grams come from its uncompressed weights on inputs from the compressed
blocks before it; all its linears are solved; a second pass with the new weights makes the next
block's inputs. Linears with the same input (q, k, v; gate, up) share one Gram and one factor.
"""
import torch

import column_sweep
import peer_process

TOKENS_PER_BATCH = 4096
SOLVERS = {"gptq": column_sweep.gptq, "sparsegpt": column_sweep.sparsegpt}


class Captured(Exception):
    """Ends a forward pass once the first block's inputs are known."""


@torch.inference_mode()
def compress(model, tokens, method):
    model.config.use_cache = False
    blocks = peer_process.blocks(model)
    states, extras = first_inputs(model, blocks[0], tokens)
    for index, block in enumerate(blocks):
        for gram, group in grams(block, states, extras):
            upper, dead = column_sweep.factor(gram)
            for linear in group:
                linear.weight.data = SOLVERS[method](linear.weight.data, upper, dead)
        if index + 1 < len(blocks):
            for batch, state in enumerate(states):
                states[batch] = forward(block, state, extras[batch])
        print(f"block {index + 1} of {len(blocks)}", flush=True)


def first_inputs(model, block, tokens):
    """The first block's inputs and its other arguments, one of each for every batch."""
    states, extras = [], []

    def capture(module, positional, named):
        named = dict(named)
        states.append(positional[0] if positional else named.pop("hidden_states"))
        extras.append(named)
        raise Captured

    hook = block.register_forward_pre_hook(capture, with_kwargs=True)
    for batch in tokens.split(max(1, TOKENS_PER_BATCH // tokens.shape[1])):
        try:
            model(input_ids=batch, use_cache=False)
        except Captured:
            continue
    hook.remove()
    return states, extras


def grams(block, states, extras):
    """The Gram of each distinct input of the block's linears, with the linears that read it."""
    groups = shared_inputs(block, states[0][:1, :2], extras[0])
    sums, hooks = [], []
    for group in groups:
        inputs = group[0].in_features
        total = torch.zeros(inputs, inputs)
        sums.append(total)
        hooks.append(group[0].register_forward_pre_hook(adder(total)))
    for state, extra in zip(states, extras):
        forward(block, state, extra)
    for hook in hooks:
        hook.remove()
    return list(zip(sums, groups))


def adder(total):
    """A hook that adds the Gram of what goes into a linear."""
    def add(module, positional):
        rows = positional[0].flatten(0, -2)
        total.addmm_(rows.T, rows)
    return add


def shared_inputs(block, state, extra):
    """The block's linears, grouped by the tensor that goes into them, found by a short pass."""
    seen, hooks = [], []
    for linear in peer_process.linears(block).values():
        hooks.append(linear.register_forward_pre_hook(
            lambda module, positional: seen.append((positional[0], module))))
    forward(block, state, shorten(extra, state.shape[1]))
    for hook in hooks:
        hook.remove()
    groups = {}
    for tensor, module in seen:
        groups.setdefault(id(tensor), []).append(module)
    return list(groups.values())


def shorten(extra, length):
    """The block's other arguments for the first sample's first positions."""
    short = dict(extra)
    if short.get("attention_mask") is not None:
        short["attention_mask"] = short["attention_mask"][:1, ..., :length, :length]
    if short.get("position_embeddings") is not None:
        short["position_embeddings"] = tuple(
            part[:1, :length] for part in short["position_embeddings"])
    if short.get("position_ids") is not None:
        short["position_ids"] = short["position_ids"][:1, :length]
    return short


def forward(block, state, extra):
    result = block(state, **extra)
    return result[0] if isinstance(result, tuple) else result


if __name__ == "__main__":
    peer_process.main(compress)
