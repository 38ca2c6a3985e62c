"""Compares `mien eval reid` with NumPy (pypi:numpy) on the templates that it made: single and multiple query, plain and
re-ranked, and the thresholds.

    python reid_check.py MIEN FOLDER [MODEL]

FOLDER is laid out as Market-1501. Re-ranking is done with dense matrices here, by the formulas of Zhong et al. (CVPR
2017); nothing is shared with src/body. Fails when a figure differs by more than 1e-4 (templates travel as nine digits,
and equal distances may be ranked either way), or a threshold by more than 1e-5.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

K1, K2, LAMBDA = 20, 6, 0.3
RATES = [0.1, 0.01, 0.001]


def read(file: Path) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    rows = [line.split(",") for line in file.read_text().splitlines()]
    halves = {}
    for half in ("query", "gallery"):
        mine = [row for row in rows if row[0] == half]
        halves[half] = (np.array([row[3:] for row in mine], dtype=np.float64), np.array([int(row[1]) for row in mine]),
                        np.array([int(row[2]) for row in mine]))
    return halves


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def reranked(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    together = np.concatenate([queries, gallery])
    # Single precision, as in the product: neighbours that are equally near to its last digit stay so.
    squared = 1 - np.clip(together.astype(np.float32) @ together.astype(np.float32).T, -1, 1)
    distance = squared / squared.max(axis=1, keepdims=True)
    np.fill_diagonal(distance, -1)  # everybody is their own nearest neighbour
    order = np.argsort(distance, axis=1, kind="stable")
    np.fill_diagonal(distance, 0)
    count = len(together)

    def mutual(k: int) -> np.ndarray:
        near = np.zeros((count, count), bool)
        near[np.arange(count)[:, None], order[:, :k + 1]] = True
        return near & near.T

    own, halves = mutual(K1), mutual(round(K1 / 2))
    codes = np.zeros((count, count))
    for i in range(count):
        members = own[i].copy()
        for j in np.flatnonzero(own[i]):
            if (halves[j] & own[i]).sum() > 2 / 3 * halves[j].sum():
                members |= halves[j]
        codes[i, members] = np.exp(-distance[i, members])
        codes[i] /= codes[i].sum()
    codes = np.stack([codes[order[i, :K2]].mean(axis=0) for i in range(count)])
    here = len(queries)
    jaccard = np.empty((here, len(gallery)))
    for i in range(here):
        shared = np.minimum(codes[i], codes[here:]).sum(axis=1)
        jaccard[i] = 1 - shared / np.maximum(codes[i], codes[here:]).sum(axis=1)
    return (1 - LAMBDA) * jaccard + LAMBDA * distance[:here, here:]


def figures(distance: np.ndarray, query: tuple, gallery: tuple) -> dict[str, float]:
    sums = dict.fromkeys(("rank1", "rank5", "rank10", "map", "minp"), 0.0)
    judged = 0
    for row, person, camera in zip(distance, query[1], query[2], strict=True):
        allowed = (gallery[1] != -1) & ~((gallery[1] == person) & (gallery[2] == camera))
        hits = (gallery[1] == person)[allowed][np.argsort(row[allowed], kind="stable")]
        ranks = np.flatnonzero(hits) + 1
        if person == -1 or not len(ranks):
            continue
        judged += 1
        for k in (1, 5, 10):
            sums[f"rank{k}"] += ranks[0] <= k
        sums["map"] += (np.arange(1, len(ranks) + 1) / ranks).mean()
        sums["minp"] += len(ranks) / ranks[-1]
    return {name: value / judged for name, value in sums.items()}


def means(query: tuple, gallery: tuple) -> np.ndarray:
    return unit(np.stack([np.concatenate([one[None], gallery[0][(gallery[1] == person) & (gallery[2] == camera)]]).mean(
        axis=0) for one, person, camera in zip(*query, strict=True)]))


def thresholds(query: tuple, gallery: tuple, rates: list[float]) -> tuple[list[float], list[float]]:
    values, people, cameras = (np.concatenate([a, b]) for a, b in zip(query, gallery, strict=True))
    stays = sorted({(p, c) for p, c in zip(people, cameras, strict=True) if p > 0})
    mean = unit(np.stack([values[(people == p) & (cameras == c)].mean(axis=0) for p, c in stays]))
    person, camera = np.array(stays).T
    cosine, different = mean @ mean.T, np.triu(person[:, None] != person[None], 1)
    same_camera = camera[:, None] == camera[None]
    of_pictures = (values @ mean.T)[(people[:, None] != person) & (cameras[:, None] == camera) & (people[:, None] > 0)]

    def least(pairs: np.ndarray, rate: float) -> float:
        return float(np.sort(pairs)[::-1][int(np.floor(rate * len(pairs)))]) if len(pairs) else -1.0

    return ([max(least(cosine[different & same_camera], r), least(cosine[different & ~same_camera], r)) for r in rates],
            [least(of_pictures, r) for r in rates])


def main() -> int:
    mien, folder = sys.argv[1], sys.argv[2]
    model = sys.argv[3] if len(sys.argv) > 3 else "stripes"
    worst = 0.0
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "templates.csv"
        answer = json.loads(subprocess.run(
            [mien, "eval", "reid", folder, "--model", model, "--json", "--ways", "--thresholds", "--templates",
             str(file)], check=True, capture_output=True, text=True).stdout)
        halves = read(file)
        query, gallery = halves["query"], halves["gallery"]
        for way in answer["ways"]:
            asked = means(query, gallery) if way["query"] == "multiple" else query[0]
            distance = reranked(asked, gallery[0]) if way["reranked"] else 1 - asked @ gallery[0].T
            for name, value in figures(distance, query, gallery).items():
                ours = way["metrics"][name]["value"]
                worst = max(worst, abs(ours - value))
                print(f"{way['query']:9} {'re-ranked' if way['reranked'] else 'plain':9} {name:6} ours {ours:.6f}  "
                      f"NumPy {value:.6f}")
        apart = 0.0
        for kind, theirs in zip(("stays", "pictures"), thresholds(query, gallery, RATES), strict=True):
            for row, wanted in zip(answer["same_person"][kind], theirs, strict=False):
                apart = max(apart, abs(row["cosine"] - wanted))
                print(f"{kind:9} {row['at']:24} ours {row['cosine']:.6f}  NumPy {wanted:.6f}")
    print(f"largest difference {worst:.1e}, of thresholds {apart:.1e}")
    return 0 if worst <= 1e-4 and apart <= 1e-5 else 1


if __name__ == "__main__":
    sys.exit(main())
