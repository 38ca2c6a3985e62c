#!/usr/bin/env python3
"""Fits the unified quality score: the coefficients in src/face/quality/unified.cpp.

    mien eval quality --pairs lfw-dev/pairs.csv --folds 1,2 --rounds 5 --csv fit.csv
    tests/golden/fit_quality.py fit.csv

Ridge regression of the similarity to a clean picture of the same subject on bounded terms of the degraded picture's native values.
A pair whose face was not found has no measures and is left out. Needs nothing but Python.
"""
import csv
import math
import sys

# The same terms, in the same order, as in src/face/quality/unified.cpp.
TERMS = {
    "noise": lambda v: min(v["noise"], 40) / 40,
    "noise_square": lambda v: (min(v["noise"], 40) / 40) ** 2,
    "focus": lambda v: focus(v),
    "focus_square": lambda v: focus(v) ** 2,
    "entropy": lambda v: v["dynamic_range"] / 8,
    "entropy_square": lambda v: (v["dynamic_range"] / 8) ** 2,
    "light": lambda v: v["luminance_mean"],
    "light_variance": lambda v: min(v["luminance_variance"], 0.1) * 10,
    "yaw": lambda v: min((v["head_pose_yaw"] / 45) ** 2, 1),
    "pitch": lambda v: min((v["head_pose_pitch"] / 45) ** 2, 1),
    "roll": lambda v: min((v["head_pose_roll"] / 45) ** 2, 1),
    "detector": lambda v: v["detector"],
    "detector_square": lambda v: v["detector"] ** 2,
}


def focus(v):
    return min(max((v["focus"] - 0.25) / 0.15, 0), 1.5)


def solve(a, b):
    n = len(b)
    rows = [a[i][:] + [b[i]] for i in range(n)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(n):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[i])]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def read(path):
    samples = []
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            if not row["similarity"] or not row["native_noise_b"]:
                continue
            value = {k[len("native_"):-2]: float(v) for k, v in row.items() if k.startswith("native_") and k.endswith("_b") and v}
            value["detector"] = float(row["detector_b"])
            # Beyond these similarities nothing is decided.
            target = min(max(float(row["similarity"]), 0.93), 0.99)
            samples.append(([1.0] + [term(value) for term in TERMS.values()], target))
    return samples


def main():
    samples = read(sys.argv[1])
    n = len(TERMS) + 1
    ridge = 1.0
    a = [[sum(x[i] * x[j] for x, _ in samples) + (ridge if i == j and i > 0 else 0) for j in range(n)] for i in range(n)]
    b = [sum(x[i] * y for x, y in samples) for i in range(n)]
    w = solve(a, b)
    predicted = [sum(p * q for p, q in zip(w, x)) for x, _ in samples]
    mean = sum(y for _, y in samples) / len(samples)
    left = sum((y - p) ** 2 for (_, y), p in zip(samples, predicted))
    print(f"{len(samples)} samples, {100 * (1 - left / sum((y - mean) ** 2 for _, y in samples)):.1f} % of the variance explained")
    order = sorted(predicted)
    for share in (0.005, 0.05, 0.25, 0.5, 0.75, 0.95, 0.995):
        print(f"  {100 * share:g} % of samples below {order[int(share * len(order))]:.4f}")
    for name, value in zip(["constant", *TERMS], w):
        print(f"  {name:16} {value:9.5f}")


if __name__ == "__main__":
    main()
