#!/usr/bin/env python3
"""Compares every figure of `mien eval tracking` with motmetrics 1.4.0 (CLEAR MOT, IDF1) and trackeval 1.3.0 (HOTA) on
the same files: the two sequences in the wheel of motmetrics, one film that is given, and random films with gaps, ties,
lost, changed and invented identities. Fails where one differs by more than 1e-6.

    python3.11 -m venv build/tracking-peers
    build/tracking-peers/bin/pip install --require-hashes -r packaging/python/tracking.txt
    build/tracking-peers/bin/python tests/golden/tracking_check.py build/mien [--mot17 FOLDER] [--random 60]
"""

import argparse
import contextlib
import io
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import numpy as np

# motmetrics 1.4.0 calls what numpy 2 took away; trackeval 1.3.0 needs numpy 2.
np.asfarray = lambda values: np.asarray(values, dtype=float)  # type: ignore[attr-defined]

import motmetrics  # noqa: E402
import trackeval  # noqa: E402

MARGIN = 1e-6
NAMES = {
    "mota": "mota", "motp": "motp", "idf1": "idf1", "idp": "idp", "idr": "idr", "precision": "precision",
    "recall": "recall", "switches": "num_switches", "fragmentations": "num_fragmentations",
    "false_positives": "num_false_positives", "misses": "num_misses", "mostly_tracked": "mostly_tracked",
    "partly_tracked": "partially_tracked", "mostly_lost": "mostly_lost",
}


@dataclass(frozen=True)
class Film:
    name: str
    truth: pathlib.Path
    found: pathlib.Path


def motmetrics_figures(films: list[Film]) -> dict[str, float]:
    judged = []
    for film in films:
        truth = motmetrics.io.load_motchallenge(str(film.truth), min_confidence=1)
        found = motmetrics.io.load_motchallenge(str(film.found))
        judged.append(motmetrics.utils.compare_to_groundtruth(truth, found, "iou", distth=0.5))
    table = motmetrics.metrics.create().compute_many(
        judged, names=[film.name for film in films], metrics=list(NAMES.values()) + ["num_detections", "num_objects", "num_predictions", "idtp", "idfp", "idfn"],
        generate_overall=True)
    return {ours: float(table.loc["OVERALL", theirs]) for ours, theirs in NAMES.items()}


def last_frame(*files: pathlib.Path) -> int:
    return max(int(float(line.split(",")[0])) for file in files for line in file.read_text().splitlines() if line.strip())


def trackeval_figures(films: list[Film]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        for film in films:
            gt = folder / "gt" / film.name / "gt"
            gt.mkdir(parents=True)
            rows = [row.split(",") for row in film.truth.read_text().splitlines() if row.strip()]
            (gt / "gt.txt").write_text("".join(",".join((row + ["-1"] * 10)[:10]) + "\n" for row in rows))
            found = folder / "trackers" / "t" / "data"
            found.mkdir(parents=True, exist_ok=True)
            rows = [row.split(",") for row in film.found.read_text().splitlines() if row.strip()]
            (found / f"{film.name}.txt").write_text("".join(",".join(row[:7]) + "\n" for row in rows))
        with contextlib.redirect_stdout(io.StringIO()):
            data = trackeval.datasets.MotChallenge2DBox({
                "GT_FOLDER": str(folder / "gt"), "TRACKERS_FOLDER": str(folder / "trackers"), "SKIP_SPLIT_FOL": True,
                "DO_PREPROC": False, "BENCHMARK": "MOT15", "PRINT_CONFIG": False,
                "SEQ_INFO": {film.name: last_frame(film.truth, film.found) for film in films}})
            hota = trackeval.metrics.HOTA()
            results = {}
            for film in films:
                raw = data.get_raw_seq_data("t", film.name)
                results[film.name] = hota.eval_sequence(data.get_preprocessed_seq_data(raw, "pedestrian"))
            combined = hota.combine_sequences(results)
    return {name.lower(): float(np.mean(combined[name])) for name in ("HOTA", "DetA", "AssA", "LocA")}


def our_figures(mien: str, films: list[Film]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        for film in films:
            (folder / "truth" / film.name).mkdir(parents=True)
            (folder / "truth" / film.name / "gt.txt").write_bytes(film.truth.read_bytes())
            (folder / "found").mkdir(exist_ok=True)
            (folder / "found" / f"{film.name}.txt").write_bytes(film.found.read_bytes())
        command = [mien, "eval", "tracking", str(folder / "truth"), str(folder / "found"), "--json"]
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    metrics = json.loads(out)["metrics"]
    return {name: math.nan if metric["value"] is None else metric["value"] for name, metric in metrics.items()}


def write_random_film(folder: pathlib.Path, seed: int) -> Film:
    """A few walkers in a small place, so that boxes overlap, on whole pixels in every other film, so that they tie."""
    rng = random.Random(seed)
    whole = seed % 2 == 0
    people, frames = rng.randint(1, 9), rng.randint(5, 40)
    truth, found, next_id = [], [], 1000
    names: dict[int, int] = {}
    at = {p: [rng.uniform(0, 120), rng.uniform(0, 60), rng.uniform(-4, 4), rng.uniform(-2, 2)] for p in range(people)}
    for frame in range(1, frames + 1):
        if rng.random() < 0.05:
            continue  # nobody and nothing
        order = list(range(people))
        rng.shuffle(order)
        for p in order:
            x, y, dx, dy = at[p]
            at[p] = [x + dx, y + dy, dx, dy]
            if rng.random() < 0.15:
                continue
            confidence = 0 if rng.random() < 0.03 else 1
            box = [x, y, 30.0, 60.0]
            truth.append((frame, p + 1, [round(v) for v in box] if whole else box, confidence))
            if rng.random() < 0.2:
                continue
            if p not in names or rng.random() < 0.08:
                names[p] = next_id
                next_id += 1
            if len(names) > 1 and rng.random() < 0.05:
                other = rng.choice(list(names))
                names[p], names[other] = names[other], names[p]
            near = [v + rng.gauss(0, 4) for v in box]
            found.append((frame, names[p], [round(v) for v in near] if whole else near, 1))
        if rng.random() < 0.3:
            found.append((frame, next_id, [rng.uniform(0, 150), rng.uniform(0, 80), 30, 60], 1))
            next_id += rng.random() < 0.5
    if not truth:
        truth.append((1, 1, [0, 0, 30, 60], 1))
    if not found:
        found.append((1, 1, [0, 0, 30, 60], 1))
    seen: set[tuple[int, int]] = set()
    found = [row for row in found if (row[0], row[1]) not in seen and not seen.add((row[0], row[1]))]
    film = Film(f"random-{seed}", folder / f"{seed}-gt.txt", folder / f"{seed}.txt")
    for file, rows in ((film.truth, truth), (film.found, found)):
        file.write_text("".join(f"{f},{i},{b[0]},{b[1]},{b[2]},{b[3]},{c},1,1\n" for f, i, b, c in rows))
    return film


def shaken(truth: pathlib.Path, frames: int, folder: pathlib.Path) -> Film:
    """The first frames of a truth, and as its result the same boxes shaken, some lost, some renamed."""
    rng = random.Random(17)
    rows = [line.split(",") for line in truth.read_text().splitlines() if int(line.split(",")[0]) <= frames]
    film = Film("given", folder / "given-gt.txt", folder / "given.txt")
    film.truth.write_text("".join(",".join(row) + "\n" for row in rows))
    lines = []
    for row in rows:
        if rng.random() < 0.15:
            continue
        number = int(row[1]) + (1000 if rng.random() < 0.1 else 0)
        box = [float(value) + rng.gauss(0, 5) for value in row[2:6]]
        lines.append(f"{row[0]},{number}," + ",".join(f"{value:.3f}" for value in box) + ",1\n")
    film.found.write_text("".join(lines))
    return film


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mien")
    parser.add_argument("--mot17", type=pathlib.Path, help="a MOT17 sequence whose truth is to be judged, too")
    parser.add_argument("--random", type=int, default=60, help="random films, each judged alone, then all together")
    given = parser.parse_args()
    samples = pathlib.Path(motmetrics.__file__).parent / "data"
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        wheel = [Film(name, samples / name / "gt.txt", samples / name / "test.txt")
                 for name in ("TUD-Campus", "TUD-Stadtmitte")]
        groups = [[wheel[0]], [wheel[1]], wheel]
        if given.mot17:
            groups.append([shaken(given.mot17 / "gt" / "gt.txt", 4, folder)])
        made = [write_random_film(folder, seed) for seed in range(given.random)]
        groups += [[film] for film in made]
        if made:
            groups.append(made)
        worst, failed = 0.0, 0
        for films in groups:
            ours = our_figures(given.mien, films)
            theirs = {**motmetrics_figures(films), **trackeval_figures(films)}
            title = films[0].name if len(films) == 1 else f"{len(films)} films together"
            for name, value in theirs.items():
                if math.isnan(value) and math.isnan(ours[name]):
                    continue
                error = abs(ours[name] - value)
                worst = max(worst, error if not math.isnan(error) else math.inf)
                if not error <= MARGIN:
                    failed += 1
                    print(f"{title}: {name} is {ours[name]!r}, by the peer {value!r}")
            if films[0] in wheel or films[0].name == "given" or len(films) > 1:
                print(f"{title}: " + ", ".join(f"{name} {theirs[name]:.6f}" for name in ("hota", "deta", "assa", "loca", "mota", "motp", "idf1")))
    print(f"{len(groups)} comparisons, largest difference {worst:.3g}, {failed} figures beyond {MARGIN}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
