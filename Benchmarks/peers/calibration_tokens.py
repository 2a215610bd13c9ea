#!/usr/bin/env python3
"""Writes the first token ids of a text as a JSON list, tokenised without special tokens.

    calibration_tokens.py MODEL TEXT COUNT OUT
"""
import json
import pathlib
import sys

from tokenizers import Tokenizer


def main(model, text, count, out):
    tokenizer = Tokenizer.from_file(str(pathlib.Path(model) / "tokenizer.json"))
    content = pathlib.Path(text).read_bytes().decode("utf-8")
    ids = tokenizer.encode(content, add_special_tokens=False).ids
    if len(ids) < int(count):
        sys.exit(f"{text} has {len(ids)} tokens; {count} are asked for.")
    pathlib.Path(out).write_text(json.dumps(ids[:int(count)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
