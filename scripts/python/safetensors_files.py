"""Writes safetensors files in the reference writer's order, a tensor at a time."""
import json
import struct

import numpy as np

BYTES = {"F32": 4, "BF16": 2}


def encode(values, dtype):
    """The little-endian bytes of Float32 `values`; BF16 is rounded to nearest, ties to even."""
    values = np.ascontiguousarray(values, "<f4")
    if dtype == "F32":
        return values.tobytes()
    bits = values.view("<u4")
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return np.where(np.isnan(values), (bits >> 16) | 0x40, rounded).astype("<u2").tobytes()


class Writer:
    """Writes the header for `shapes` (name to shape) at once, then the tensors in its order."""

    def __init__(self, path, dtype, shapes):
        self.dtype, self.names, self.shapes = dtype, sorted(shapes), shapes
        header, offset = {"__metadata__": {"format": "pt"}}, 0
        for name in self.names:
            end = offset + BYTES[dtype] * int(np.prod(shapes[name], dtype=np.int64))
            header[name] = {"dtype": dtype, "shape": list(shapes[name]),
                            "data_offsets": [offset, end]}
            offset = end
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        self.file = open(path, "wb")
        self.file.write(struct.pack("<Q", len(text)) + text)

    def write(self, name, values):
        """Writes the next tensor, which must be `name`."""
        assert name == self.names.pop(0) and tuple(values.shape) == tuple(self.shapes[name])
        self.file.write(encode(values, self.dtype))

    def close(self):
        assert not self.names, f"{len(self.names)} tensors were not written"
        self.file.close()
