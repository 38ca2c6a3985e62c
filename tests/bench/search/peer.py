"""One peer over vectors in a file; prints JSON lines. search.py runs it, and sets the number of threads for all libraries.

    peer.py NAME VECTORS PROBES TRUTH DIMENSION THREADS ROUNDS
"""
import json
import resource
import sys
import time
from collections.abc import Callable

import faiss
import numpy as np
import usearch.index

K = 10
Search = Callable[[np.ndarray], np.ndarray]  # probes -> ids, K a row


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def numpy_product(vectors: np.ndarray) -> Search:
    def search(probes: np.ndarray) -> np.ndarray:
        scores = probes @ vectors.T
        best = np.argpartition(scores, -K, axis=1)[:, -K:]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        return np.take_along_axis(best, order, axis=1)

    return search


def faiss_index(index: faiss.Index, vectors: np.ndarray, training: int = 0) -> Search:
    if not index.is_trained:
        step = max(1, len(vectors) // training)
        index.train(np.ascontiguousarray(vectors[::step][:training]))
    for start in range(0, len(vectors), 50_000):
        index.add(np.ascontiguousarray(vectors[start : start + 50_000]))
    return lambda probes: index.search(probes, K)[1]


def usearch_exact(vectors: np.ndarray, threads: int) -> Search:
    def search(probes: np.ndarray) -> np.ndarray:
        found = usearch.index.search(vectors, probes, K, usearch.index.MetricKind.IP, exact=True, threads=threads)
        return np.asarray(found.keys).reshape(len(probes), K)

    return search


def measure(search: Search, probes: np.ndarray, truth: np.ndarray, rounds: int, **about: object) -> None:
    for batch in (1, 32):
        walls, cpus, right, asked = [], [], 0, 0
        times = rounds if batch == 1 else max(3, rounds // 4)
        for i in range(times):
            first = i * batch % (len(probes) - batch + 1)
            start, start_cpu = time.perf_counter(), cpu()
            found = search(probes[first : first + batch])
            walls.append(time.perf_counter() - start)
            cpus.append(cpu() - start_cpu)
        for i in range(0, len(probes), 32):
            found = search(probes[i : i + 32])
            right += sum(len(set(map(int, a)) & set(map(int, b))) for a, b in zip(found, truth[i : i + 32]))
            asked += len(found) * K
        recall = {"recall": round(right / asked, 4)} if asked else {}
        print(json.dumps({**about, **recall, "batch": batch, "ms": round(1e3 * float(np.median(walls)), 3), "cpu_ms": round(1e3 * float(np.median(cpus)), 3)}), flush=True)


def main() -> None:
    name, vectors_file, probes_file, truth_file = sys.argv[1:5]
    dimension, threads, rounds = map(int, sys.argv[5:8])
    faiss.omp_set_num_threads(threads)
    vectors = np.memmap(vectors_file, np.float32, "r").reshape(-1, dimension)
    probes = np.fromfile(probes_file, np.float32).reshape(-1, dimension)
    truth = np.load(truth_file)
    ip = faiss.METRIC_INNER_PRODUCT
    start, start_cpu = time.perf_counter(), cpu()
    if name == "numpy":
        measure(numpy_product(np.array(vectors)), probes, truth, rounds, peer=name)
    elif name == "faiss-flat":
        measure(faiss_index(faiss.IndexFlatIP(dimension), vectors), probes, truth, rounds, peer=name)
    elif name == "faiss-sq8":
        index = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_8bit, ip)
        measure(faiss_index(index, vectors, 100_000), probes, truth, rounds, peer=name)
    elif name == "usearch-exact":
        measure(usearch_exact(np.array(vectors), threads), probes, truth, rounds, peer=name)
    elif name == "faiss-hnsw":
        index = faiss.IndexHNSWFlat(dimension, 32, ip)
        index.hnsw.efConstruction = 100
        search = faiss_index(index, vectors)
        build = cpu() - start_cpu
        for ef in (16, 32, 64, 128, 256, 512):
            index.hnsw.efSearch = ef
            measure(search, probes, truth, rounds, peer=f"{name} M 32, efSearch {ef}", build_cpu_s=round(build, 1))
    elif name == "usearch-hnsw":
        graph = usearch.index.Index(ndim=dimension, metric=usearch.index.MetricKind.IP, connectivity=32, expansion_add=100)
        graph.add(np.arange(len(vectors)), np.array(vectors), threads=threads)
        build = cpu() - start_cpu
        for ef in (16, 32, 64, 128, 256, 512):
            graph.expansion_search = ef
            search = lambda probes: np.asarray(graph.search(probes, K, threads=threads).keys).reshape(len(probes), K)  # noqa: E731
            measure(search, probes, truth, rounds, peer=f"{name} M 32, expansion {ef}", build_cpu_s=round(build, 1))
    elif name == "faiss-ivf":
        lists = 1024 if len(vectors) < 500_000 else 4096
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, lists, ip)
        search = faiss_index(index, vectors, lists * 40)
        build = cpu() - start_cpu
        for probe in (1, 4, 16, 64, 256):
            index.nprobe = probe
            measure(search, probes, truth, rounds, peer=f"{name} {lists} lists, nprobe {probe}", build_cpu_s=round(build, 1))
    else:
        sys.exit(f"no peer {name}")


main()
