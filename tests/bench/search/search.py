"""The exact search and its peers on the same vectors, in turn, in one run. Vectors are synthetic: uniform on the sphere, or
clustered like dlib's templates of lfw-dev (mean, spread between subjects, spread within them; see FITTED).

    search.py exact [ROWS]     flat scans, 128 and 512 numbers, 1 and 2 threads, probes one by one and 32 at once
    search.py graphs [ROWS [NUMBERS [PEER...]]]   recall over time of Mien's inverted lists, faiss' HNSW and IVF and usearch's HNSW
                               beside the exact search; without peers: all of them
    search.py curves LOG SVG   the picture of what graphs printed
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
LISTS_BENCH = ROOT / "build/release/tests/bench/lists_bench"
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
                        if peer == "mien-lists":
                            command = (LISTS_BENCH, vectors, probes, dimension, threads, max(rounds, 60), K, 0, 2 if kind == "clustered" else 0)
                            report(lines(*command, threads=threads), {"peer": peer, **about})
                            continue
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


def points(log: pathlib.Path) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """Panel -> engine -> (recall of the 10 best, probes a CPU second), of single probes."""
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for line in log.read_text().splitlines():
        row = json.loads(line)
        panel = f"{row['rows']:,} × {row['dimension']}, {row['vectors']}"
        engine = " ".join(row["peer"].split(",")[0].split(" ")[:1])
        recall = row.get("recall_at_10", row.get("recall"))
        if engine == "mien" and row.get("batch") == 1 and "again" not in row["peer"]:
            recall = 1.0
        if recall is None or "cpu_ms" not in row or row.get("batch", 1) != 1 and engine != "mien":
            continue
        found.setdefault(panel, {}).setdefault(engine, []).append((recall, 1000 / row["cpu_ms"]))
    return found


def curves(log: pathlib.Path, picture: pathlib.Path) -> None:
    """Recall from left to right, probes a CPU second on a logarithmic scale upwards; one panel for each set of vectors."""
    colours = {"mien": "#111", "mien-lists": "#0b6", "faiss-ivf": "#c50", "faiss-hnsw": "#36c", "usearch-hnsw": "#93c"}
    panels = points(log)
    wide, high, left, top = 340, 280, 60, 40
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{len(panels) * (wide + left) + 40}" height="{high + 110}" font-family="sans-serif" font-size="11">', '<rect width="100%" height="100%" fill="#fff"/>']
    for at, (title, engines) in enumerate(panels.items()):
        speeds = [speed for curve in engines.values() for _, speed in curve]
        low, span = np.floor(np.log10(min(speeds))), np.ceil(np.log10(max(speeds))) - np.floor(np.log10(min(speeds)))
        x0 = left + at * (wide + left)
        out.append(f'<text x="{x0}" y="{top - 14}" font-size="13">{title}</text><rect x="{x0}" y="{top}" width="{wide}" height="{high}" fill="none" stroke="#999"/>')
        for tick in range(11):
            out.append(f'<text x="{x0 + tick / 10 * wide:.0f}" y="{top + high + 14}" text-anchor="middle">{tick / 10}</text>')
        for decade in range(int(span) + 1):
            y = top + high - decade / span * high
            out.append(f'<path d="M{x0} {y:.1f}h{wide}" stroke="#ddd"/><text x="{x0 - 4}" y="{y + 4:.1f}" text-anchor="end">{10 ** (low + decade):,.0f}</text>')
        for row, (engine, curve) in enumerate(sorted(engines.items())):
            dots = [(x0 + recall * wide, top + high - (np.log10(speed) - low) / span * high) for recall, speed in sorted(curve)]
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
            out.append(f'<polyline points="{line}" fill="none" stroke="{colours[engine]}" stroke-width="2"/>')
            out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colours[engine]}"/>' for x, y in dots]
            out.append(f'<text x="{x0 + 70 * row}" y="{top + high + 48}" fill="{colours[engine]}">{engine}</text>')
        out.append(f'<text x="{x0 + wide / 2}" y="{top + high + 30}" text-anchor="middle">recall of the 10 best; upwards: single probes a CPU second</text>')
    picture.write_text("\n".join([*out, "</svg>"]) + "\n")


def main() -> None:
    verb = sys.argv[1] if len(sys.argv) > 1 else "exact"
    if verb == "fit":
        return fit(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    if verb == "real":
        return real(pathlib.Path(sys.argv[2]))
    if verb == "curves":
        return curves(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    if verb == "exact":
        return run(["faiss-flat", "faiss-sq8", "usearch-exact", "numpy"], ["clustered", "uniform"], [(rows, 128), (rows, 512)], [1, 2], 12)
    if verb == "graphs":
        dimension = int(sys.argv[3]) if len(sys.argv) > 3 else 128
        peers = sys.argv[4:] or ["mien-lists", "faiss-ivf", "faiss-hnsw", "usearch-hnsw"]
        return run(peers, ["clustered", "uniform"], [(rows, dimension)], [1], 60)
    sys.exit(__doc__)


main()
