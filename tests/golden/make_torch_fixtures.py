"""Makes the PyTorch files of tests/fuzz/corpus/torch, whose values src/inference/torch_test.cpp knows.

Needs PyTorch (only to make them anew; the ones kept are of 1.13.1).   python3 tests/golden/make_torch_fixtures.py [FOLDER]
"""
import collections
import pathlib
import sys

import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent / "fuzz/corpus/torch"


def every_type() -> "collections.OrderedDict[str, torch.Tensor]":
    shared = torch.arange(6, dtype=torch.float32) / 4
    return collections.OrderedDict([
        ("half", torch.tensor([[0.5, -2], [65504, 2.0 ** -24]], dtype=torch.float16)),
        ("bfloat", torch.tensor([1.5, -3.140625, 2.0 ** 100], dtype=torch.bfloat16)),
        ("float", shared.reshape(2, 3)),
        ("double", torch.tensor([0.1, -1e300], dtype=torch.float64)),
        ("int8", torch.tensor([-128, 127], dtype=torch.int8)),
        ("uint8", torch.tensor([0, 255], dtype=torch.uint8)),
        ("int16", torch.tensor([-32768, 3], dtype=torch.int16)),
        ("int32", torch.tensor([-5, 1 << 20], dtype=torch.int32)),
        ("int64", torch.tensor([-5, 1 << 40], dtype=torch.int64)),
        ("bool", torch.tensor([True, False, True])),
        ("transposed", shared.reshape(2, 3).t()),
        ("slice", torch.arange(10, dtype=torch.int64)[2:9:3]),
        ("expanded", torch.tensor([7.0]).expand(2, 3)),
        ("scalar", torch.tensor(3.5)),
        ("empty", torch.zeros(0, 4)),
        ("parameter", torch.nn.Parameter(torch.tensor([1.0, 2.0]))),
    ])


def network() -> "collections.OrderedDict[str, torch.Tensor]":
    """A module's own state dict, with PyTorch's note of versions on it."""
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1), torch.nn.BatchNorm2d(2))
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([0.5, -0.25]).reshape(2, 1, 1, 1))
        net[0].bias.copy_(torch.tensor([1.0, 2.0]))
    return net.state_dict()


def main() -> None:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    root.mkdir(parents=True, exist_ok=True)
    checkpoint = {"epoch": 3, "arch": "tiny", "best": 0.5, "sizes": torch.Size([1, 2]), "state_dict": network(),
                  "optimizer": {"state": {0: {"step": torch.tensor(4.0)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}}
    for name, content in {"types": every_type(), "network": network(), "checkpoint": checkpoint}.items():
        torch.save(content, root / f"{name}.pth")
        torch.save(content, root / f"{name}_legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(network(), root / "network_protocol4.pth", pickle_protocol=4)


main()
