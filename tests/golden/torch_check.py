"""Compares every tensor of PyTorch files as Mien reads them with PyTorch's own reading: names, types, shapes and the bits of all numbers
(but for those of not-a-number).

    torch_check.py DUMP_TENSORS FILE.pth…     (needs PyTorch; executes what the files ask for: only for files you trust)
Prints the counts. Ends with 1 if anything differs.
"""
import json
import subprocess
import sys

import numpy as np
import torch


def flat(value: object, name: str) -> list[tuple[str, torch.Tensor]]:
    if isinstance(value, torch.Tensor):
        return [(name, value.detach())]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else []
    return [found for key, item in inner for found in flat(item, f"{name}.{key}" if name else str(key))]


def main(tool: str, *files: str) -> int:
    tensors = numbers = different = 0
    for file in files:
        run = subprocess.run([tool, file], capture_output=True, check=True)
        lines, ours, at = run.stderr.decode().splitlines(), np.frombuffer(run.stdout, dtype=np.uint32), 0
        theirs = flat(torch.load(file, map_location="cpu"), "")
        different += len(lines) != len(theirs)
        for line, (name, tensor) in zip(lines, theirs):
            same_head = line.split(" ") == [name, str(tensor.dtype).removeprefix("torch."), *map(str, tensor.shape)]
            bits = tensor.to(torch.float32).contiguous().numpy().reshape(-1).view(np.uint32)
            mine = ours[at : at + bits.size]
            # Not-a-number carries a payload that says nothing: PyTorch marks each as quiet.
            both_nan = np.isnan(bits.view(np.float32)) & np.isnan(mine.view(np.float32)) if mine.size == bits.size else False
            same = same_head and mine.size == bits.size and bool(np.all((bits == mine) | both_nan))
            at += bits.size
            different += not same
            if not same:
                print(f"{file}: {name} differs: {line}", file=sys.stderr)
        different += at != ours.size
        tensors, numbers = tensors + len(theirs), numbers + ours.size
    print(json.dumps({"files": len(files), "tensors": tensors, "numbers": numbers, "different": different}))
    return 1 if different else 0


sys.exit(main(*sys.argv[1:]))
