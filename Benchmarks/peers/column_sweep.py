"""The solver of the plain PyTorch peer: GPTQ (arXiv:2210.17323) and SparseGPT (arXiv:2301.00774).

Written from the papers. A weight is outputs x inputs; it is swept transposed, so that a column
of it is contiguous: on a CPU that is several times as fast as the usual layout.
"""
import math

import torch

BLOCK = 128
DAMPING = 0.01


def group_size(inputs, wanted=128):
    """The largest group that divides both `wanted` and the number of inputs."""
    return math.gcd(inputs, wanted)


def factor(gram):
    """The upper U with inverse(gram + damping) = U^T U, and which columns are dead.

    `gram` (inputs x inputs) is overwritten."""
    diagonal = gram.diagonal()
    dead = diagonal == 0
    diagonal[dead] = 1
    diagonal.add_(DAMPING * diagonal.mean())
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram))
    return torch.linalg.cholesky(inverse, upper=True), dead


def grid(weights, bits):
    """Scale and zero point of each row's group, from weights of group x outputs: asymmetric,
    from minimum to maximum, with zero always in range."""
    low, high = weights.amin(0).clamp_(max=0), weights.amax(0).clamp_(min=0)
    empty = low == high
    low[empty], high[empty] = -1, 1
    scale = (high - low) / (2**bits - 1)
    return scale, torch.round(-low / scale)


def round_to(weights, scale, zero, bits):
    """The nearest values on the grid."""
    codes = torch.round(weights / scale).add_(zero).clamp_(0, 2**bits - 1)
    return codes.sub_(zero).mul_(scale)


def gptq(weight, upper, dead, bits=4):
    """Quantises a weight, with each column's error spread over the columns after it."""
    rest, result = start(weight, dead)
    size = group_size(rest.shape[0])
    for first in range(0, rest.shape[0], BLOCK):
        block, errors, local = open_block(rest, upper, first)
        for column in range(block.shape[0]):
            if column % size == 0:
                scale, zero = grid(block[column:column + size], bits)
            value = round_to(block[column], scale, zero, bits)
            result[first + column] = value
            spread(block, errors, local, column, value)
        close_block(rest, errors, upper, first)
    return result.T.contiguous()


def sparsegpt(weight, upper, dead, sparsity=0.5):
    """Zeroes a share of the weights; each block of columns has one threshold."""
    rest, result = start(weight, dead)
    for first in range(0, rest.shape[0], BLOCK):
        block, errors, local = open_block(rest, upper, first)
        score = (block / local.diagonal().unsqueeze(1)).square_()
        rank = min(int(score.numel() * sparsity) + 1, score.numel())
        kept = score > torch.kthvalue(score.flatten(), rank).values
        for column in range(block.shape[0]):
            value = block[column] * kept[column]
            result[first + column] = value
            spread(block, errors, local, column, value)
        close_block(rest, errors, upper, first)
    return result.T.contiguous()


def start(weight, dead):
    """The transposed copy that the sweep works on, and room for the result."""
    rest = weight.T.contiguous()
    if rest.data_ptr() == weight.data_ptr():
        rest = rest.clone()
    rest[dead] = 0
    return rest, torch.empty_like(rest)


def open_block(rest, upper, first):
    block = rest[first:first + BLOCK]
    local = upper[first:first + BLOCK, first:first + BLOCK]
    return block, torch.empty_like(block), local


def spread(block, errors, local, column, value):
    """Spreads one column's error over the later columns of its block."""
    torch.sub(block[column], value, out=errors[column])
    errors[column].div_(local[column, column])
    block[column + 1:].addr_(local[column, column + 1:], errors[column], alpha=-1)


def close_block(rest, errors, upper, first):
    """Spreads a block's errors over all columns after it."""
    last = first + errors.shape[0]
    rest[last:].addmm_(upper[first:last, last:].T, errors, alpha=-1)
