"""The exact search and its peers on the same vectors, in turn, in one run. Vectors are synthetic: uniform on the sphere, or
clustered like dlib's templates of lfw-dev (mean, spread between subjects, spread within them; see FITTED).

    search.py exact [ROWS]     flat scans, 128 and 512 numbers, 1 and 2 threads, probes one by one and 32 at once
    search.py graphs [ROWS]    recall over time of faiss' HNSW and IVF beside the exact search
    search.py fit TEMPLATES FOLDER     how FITTED was found: picture_templates' output over the folder's sorted names
    search.py real TEMPLATES   the share of real templates that are compared in fp32
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
BENCH = ROOT / "build/release/tests/bench/search_bench"
K, PROBES, PER_SUBJECT = 10, 256, 4

# Unit-length dlib templates of 1,993 subjects: the mean's length; total variance and effective number of directions,
# tr(C)^2 / tr(C^2), between subjects and within them. `search.py fit` prints them.
FITTED = {"mean": 0.9166, "between": (0.1107, 21.6), "within": (0.0502, 57.2)}


def spectrum(variance: float, directions: float, dimension: int) -> np.ndarray:
    """Variances that fall like i^-a, a chosen for the effective number of directions."""
    low, high = 0.0, 3.0
    for _ in range(60):
        a = (low + high) / 2
        shares = np.arange(1, dimension + 1) ** -a
        low, high = (a, high) if shares.sum() ** 2 / (shares**2).sum() > directions else (low, a)
    return variance * shares / shares.sum()


def unit(x: np.ndarray) -> np.ndarray:
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


class Clusters:
    def __init__(self, dimension: int, random: np.random.Generator) -> None:
        self.random, self.dimension = random, dimension
        self.mean = np.zeros(dimension, np.float32)
        self.mean[0] = FITTED["mean"]
        self.between, self.within = (self.spread(*FITTED[name]) for name in ("between", "within"))

    def spread(self, variance: float, directions: float) -> np.ndarray:
        turn = np.linalg.qr(self.random.standard_normal((self.dimension, self.dimension)))[0]
        return (np.sqrt(spectrum(variance, directions, self.dimension))[:, None] * turn).astype(np.float32)

    def noise(self, count: int) -> np.ndarray:
        return self.random.standard_normal((count, self.dimension), dtype=np.float32)

    def subjects(self, count: int) -> np.ndarray:
        return self.mean + self.noise(count) @ self.between

    def samples(self, subjects: np.ndarray) -> np.ndarray:
        return unit(subjects + self.noise(len(subjects)) @ self.within)


def write_vectors(kind: str, rows: int, dimension: int, folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """Rows, and probes of which (clustered) one half are new samples of enrolled subjects."""
    vectors, probes = folder / "vectors.f32", folder / "probes.f32"
    random = np.random.default_rng(dimension)
    clusters = Clusters(dimension, random)
    with vectors.open("wb") as out:
        for _ in range(0, rows, 20_000):
            if kind == "uniform":
                unit(random.standard_normal((20_000, dimension), dtype=np.float32)).tofile(out)
                continue
            subjects = clusters.subjects(20_000 // PER_SUBJECT)
            clusters.samples(np.repeat(subjects, PER_SUBJECT, axis=0)).tofile(out)
    if kind == "uniform":
        unit(random.standard_normal((PROBES, dimension), dtype=np.float32)).tofile(probes)
    else:
        strangers = clusters.subjects(PROBES)
        strangers[::2] = subjects[: PROBES // 2]
        clusters.samples(strangers).tofile(probes)
    return vectors, probes


def write_truth(vectors: pathlib.Path, probes: pathlib.Path, dimension: int, file: pathlib.Path) -> None:
    rows = np.memmap(vectors, np.float32, "r").reshape(-1, dimension)
    asked = np.fromfile(probes, np.float32).reshape(-1, dimension)
    scores = np.zeros((len(asked), 0), np.float32)
    ids = np.zeros((len(asked), 0), np.int64)
    for start in range(0, len(rows), 100_000):
        new = asked @ rows[start : start + 100_000].T
        scores = np.concatenate([scores, new], axis=1)
        ids = np.concatenate([ids, np.broadcast_to(np.arange(start, start + new.shape[1]), new.shape)], axis=1)
        keep = np.argsort(-scores, axis=1, kind="stable")[:, :K]
        scores, ids = np.take_along_axis(scores, keep, 1), np.take_along_axis(ids, keep, 1)
    np.save(file, ids)


def lines(*command: object, threads: int) -> list[dict[str, object]]:
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    done = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **limits})
    return [json.loads(line) for line in done.stdout.splitlines()]


def report(found: list[dict[str, object]], about: dict[str, object]) -> None:
    for row in found:
        print(json.dumps({**about, **row}), flush=True)


def run(peers: list[str], kinds: list[str], sizes: list[tuple[int, int]], thread_counts: list[int], rounds: int) -> None:
    for kind in kinds:
        for rows, dimension in sizes:
            with tempfile.TemporaryDirectory(dir=ROOT / "build") as scratch:
                folder = pathlib.Path(scratch)
                vectors, probes = write_vectors(kind, rows, dimension, folder)
                truth = folder / "truth.npy"
                write_truth(vectors, probes, dimension, truth)
                for threads in thread_counts:
                    about = {"vectors": kind, "rows": rows, "dimension": dimension, "threads": threads}
                    mien = (BENCH, vectors, probes, dimension, threads, rounds, K)
                    report(lines(*mien, threads=threads), {"peer": "mien", **about})
                    for peer in peers:
                        command = (sys.executable, HERE / "peer.py", peer, vectors, probes, truth, dimension, threads, rounds)
                        report(lines(*command, threads=threads), about)
                    report(lines(*mien, threads=threads), {"peer": "mien, again", **about})


def fit(templates: pathlib.Path, folder: pathlib.Path) -> None:
    x = np.fromfile(templates, np.float32).reshape(-1, 128).astype(np.float64)
    names = [p.name.rsplit("_", 1)[0] for p in sorted(folder.iterdir())]
    there = ~np.isnan(x[:, 0])
    x, names = x[there], [n for n, ok in zip(names, there) if ok]
    _, first, subject, count = np.unique(names, return_index=True, return_inverse=True, return_counts=True)
    means = np.zeros((len(count), 128))
    np.add.at(means, subject, x)
    means /= count[:, None]
    rest = (x - means[subject])[count[subject] > 1]
    within = rest.T @ rest / (len(rest) - (count > 1).sum())
    between = np.cov(x[first].T) - within
    for name, c in (("between", between), ("within", within)):
        print(json.dumps({name: [round(float(np.trace(c)), 4), round(float(np.trace(c) ** 2 / (c * c).sum()), 1)]}))
    print(json.dumps({"mean": round(float(np.linalg.norm(x.mean(0))), 4)}))
    made = Clusters(128, np.random.default_rng(1))
    subjects = made.subjects(2000)
    a, b = made.samples(subjects), made.samples(subjects)
    for what, mated, others in (("fitted", (a * b).sum(1), (a @ a.T)[np.triu_indices(2000, 1)]), ("real", None, (x[first] @ x[first].T)[np.triu_indices(len(first), 1)])):
        mates = mated if mated is not None else np.array([x[i] @ x[j] for s in np.flatnonzero(count > 1) for i in np.flatnonzero(subject == s) for j in np.flatnonzero(subject == s) if i < j])
        print(json.dumps({what: {"mated": [round(float(mates.mean()), 4), round(float(mates.std()), 4)], "non-mated": [round(float(others.mean()), 4), round(float(others.std()), 4)]}}))


def real(templates: pathlib.Path) -> None:
    """Each template of folds' pictures asks all of them."""
    x = np.fromfile(templates, np.float32).reshape(-1, 128)
    x = x[~np.isnan(x[:, 0])]
    with tempfile.TemporaryDirectory() as scratch:
        file = pathlib.Path(scratch) / "real.f32"
        x.tofile(file)
        for k in (1, 10, 50):
            report(lines(BENCH, file, file, 128, 1, len(x) // 32, k, threads=1), {"k": k})


def main() -> None:
    verb = sys.argv[1] if len(sys.argv) > 1 else "exact"
    if verb == "fit":
        return fit(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    if verb == "real":
        return real(pathlib.Path(sys.argv[2]))
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    if verb == "exact":
        return run(["faiss-flat", "faiss-sq8", "usearch-exact", "numpy"], ["clustered", "uniform"], [(rows, 128), (rows, 512)], [1, 2], 12)
    if verb == "graphs":
        return run(["faiss-hnsw", "faiss-ivf"], ["clustered", "uniform"], [(rows, 128)], [2], 20)
    sys.exit(__doc__)


main()
