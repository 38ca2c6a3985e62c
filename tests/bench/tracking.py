#!/usr/bin/env python3
"""Judges `mien track` beside supervision's ByteTrack and a plain IoU-SORT on the same detections, by `mien eval
tracking`. Detections: the truths in the wheel of motmetrics, shaken (no detector's), and generated crowds with jitter,
misses, false alarms and occlusion. All of it is simulated to that degree and is called so.

    build/tracking-peers/bin/python tests/bench/tracking.py build/mien [--seeds 8] [--first-seed 100]
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass

import motmetrics
import numpy as np
import supervision
from scipy.optimize import linear_sum_assignment

Row = tuple[int, int, float, float, float, float, float]  # frame, id, x, y, width, height, confidence
FPS = 25


@dataclass(frozen=True)
class Film:
    name: str
    truth: list[Row]
    found: list[Row]


def detections_of(truth: list[Row], rng: random.Random) -> list[Row]:
    """What a fair detector would see: who is covered is seen weakly or not at all, boxes shake, some are invented."""
    found: list[Row] = []
    by_frame: dict[int, list[Row]] = {}
    for row in truth:
        by_frame.setdefault(row[0], []).append(row)
    for frame in range(1, max(by_frame) + 1):
        rows = by_frame.get(frame, [])
        for row in rows:
            _, _, x, y, w, h, _ = row
            covered = 0.0
            for other in rows:  # whose feet are lower stands in front
                if other[3] + other[5] > y + h:
                    cw = min(x + w, other[2] + other[4]) - max(x, other[2])
                    ch = min(y + h, other[3] + other[5]) - max(y, other[3])
                    covered = max(covered, max(cw, 0) * max(ch, 0) / (w * h))
            score = min(0.98, max(0.02, 0.9 - 0.75 * covered + rng.gauss(0, 0.08)))
            if rng.random() < 0.04 or covered > 0.75 or score < 0.1:
                continue
            shake = 0.03 + 0.05 * covered
            found.append((frame, -1, x + rng.gauss(0, shake * w), y + rng.gauss(0, shake * h / 2),
                          w * (1 + rng.gauss(0, shake)), h * (1 + rng.gauss(0, shake)), score))
        for _ in range(sum(rng.random() < 0.05 for _ in range(6))):
            h = rng.uniform(60, 220)
            found.append((frame, -1, rng.uniform(0, 1800), rng.uniform(0, 800), h * 0.4, h, rng.uniform(0.1, 0.65)))
    return found


def crowd(seed: int, people: int = 30, frames: int = 300) -> Film:
    """Walkers on a plane seen from above: they come and go, turn, stop, and walk behind each other."""
    rng = random.Random(seed)
    truth: list[Row] = []
    for person in range(1, people + 1):
        enters, stays = rng.randint(-120, 220), rng.randint(80, 300)
        x, depth = rng.uniform(100, 1800), rng.uniform(0.15, 1.0)
        tall = rng.uniform(0.9, 1.1)
        speed, turn = rng.choice([-1, 1]) * rng.uniform(0.3, 1.6), rng.uniform(-0.0015, 0.0015)
        pause = 0
        for frame in range(enters, enters + stays):
            if pause == 0 and rng.random() < 0.006:
                pause = rng.randint(15, 60)
            if rng.random() < 0.004:
                speed = -speed  # a U-turn
            if pause:
                pause -= 1
            else:
                x += speed * 4 * depth
                depth = min(1.0, max(0.12, depth + turn))
            height = 260 * depth * tall
            if 1 <= frame <= frames and -50 < x < 1970:
                width = height * (0.38 + 0.05 * np.sin(frame / 4 + person))
                truth.append((frame, person, x - width / 2, 250 + 700 * depth - height, width, height, 1.0))
    return Film(f"crowd-{seed}", truth, detections_of(truth, rng))


def read(file: pathlib.Path) -> list[Row]:
    rows = [[float(value) for value in line.split(",")[:7]] for line in file.read_text().splitlines() if line.strip()]
    return [(int(r[0]), int(r[1]), r[2], r[3], r[4], r[5], r[6]) for r in rows]


def write(file: pathlib.Path, rows: list[Row]) -> None:
    file.write_text("".join(f"{f},{i},{x:.3f},{y:.3f},{w:.3f},{h:.3f},{c:.4f},1,1\n" for f, i, x, y, w, h, c in rows))


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, :2] + a[:, None, 2:], b[None, :, :2] + b[None, :, 2:])
    both = np.prod(np.clip(high - low, 0, None), axis=2)
    return both / (np.prod(a[:, 2:], axis=1)[:, None] + np.prod(b[:, 2:], axis=1)[None] - both)


def by_frames(rows: list[Row]) -> list[list[Row]]:
    frames: list[list[Row]] = [[] for _ in range(max(row[0] for row in rows))]
    for row in rows:
        frames[row[0] - 1].append(row)
    return frames


def iou_sort(rows: list[Row]) -> list[Row]:
    """The plainest tracker: boxes stay where they were, IoU at least 0.3, a track lives 3 frames unseen."""
    tracks: list[tuple[int, np.ndarray, int]] = []
    out, number = [], 0
    for frame, found in enumerate(by_frames(rows), 1):
        boxes = np.array([row[2:6] for row in found if row[6] >= 0.5]).reshape(-1, 4)
        tracks = [track for track in tracks if frame - track[2] <= 3]
        taken = set()
        if tracks and len(boxes):
            overlap = iou(np.array([track[1] for track in tracks]), boxes)
            for t, b in zip(*linear_sum_assignment(-overlap), strict=True):
                if overlap[t, b] >= 0.3:
                    tracks[t] = (tracks[t][0], boxes[b], frame)
                    taken.add(b)
        for b in range(len(boxes)):
            if b not in taken:
                number += 1
                tracks.append((number, boxes[b], frame))
        out += [(frame, t, *box, 1.0) for t, box, seen in tracks if seen == frame]
    return out


def byte_track(rows: list[Row]) -> list[Row]:
    tracker = supervision.ByteTrack(frame_rate=FPS)
    out = []
    for frame, found in enumerate(by_frames(rows), 1):
        boxes = np.array([row[2:6] for row in found], dtype=float).reshape(-1, 4)
        seen = supervision.Detections(
            xyxy=np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]),
            confidence=np.array([row[6] for row in found]), class_id=np.zeros(len(found), dtype=int))
        told = tracker.update_with_detections(seen)
        for box, number in zip(told.xyxy, told.tracker_id if told.tracker_id is not None else [], strict=False):
            out.append((frame, int(number), box[0], box[1], box[2] - box[0], box[3] - box[1], 1.0))
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mien")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=100, help="1.. chose our settings, 100.. reports")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--track-options", default="", help="for mien track")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    samples = pathlib.Path(motmetrics.__file__).parent / "data"
    wheel = []
    for name in ("TUD-Campus", "TUD-Stadtmitte"):
        truth = read(samples / name / "gt.txt")
        wheel.append(Film(name, truth, detections_of(truth, random.Random(1))))
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    groups = {"TUD truths, shaken": wheel, "crowds of 30": [crowd(s) for s in seeds],
              "crowds of 80": [crowd(s + 1000, 80) for s in list(seeds)[: max(1, given.seeds // 2)]],
              "crowds of 105": [crowd(s + 2000, 105) for s in list(seeds)[:2]]}
    for title, films in groups.items():
        print(f"{title}: {len(films)} films, {sum(len(f.truth) for f in films)} boxes, "
              f"{sum(len(f.truth) for f in films) / sum(max(r[0] for r in f.truth) for f in films):.1f} a frame")
        for who in ("mien",) if given.ours_only else ("mien", "ByteTrack", "IoU-SORT"):
            with tempfile.TemporaryDirectory() as place:
                folder = pathlib.Path(place)
                (folder / "gt").mkdir()
                (folder / "out").mkdir()
                spent, frames = 0.0, 0
                for film in films:
                    write(folder / "gt" / f"{film.name}.txt", film.truth)
                    write(folder / "det.txt", film.found)
                    frames += max(row[0] for row in film.found)
                    if who == "mien":
                        command = [given.mien, "track", str(folder / "det.txt"), "-o",
                                   str(folder / "out" / f"{film.name}.txt"), "--fps", str(FPS), "--json"]
                        ran = subprocess.run(command + given.track_options.split(), check=True, stdout=subprocess.PIPE)
                        told = json.loads(ran.stdout)
                        spent += told["microseconds_per_frame"] * told["frames"]
                        continue
                    start = time.process_time()
                    rows = (byte_track if who == "ByteTrack" else iou_sort)(film.found)
                    spent += (time.process_time() - start) * 1e6
                    write(folder / "out" / f"{film.name}.txt", rows)
                ran = subprocess.run([given.mien, "eval", "tracking", str(folder / "gt"), str(folder / "out"), "--json"],
                                     check=True, stdout=subprocess.PIPE)
                metrics = json.loads(ran.stdout)["metrics"]
            shares = ", ".join(f"{n} {metrics[n]['value']:.3f} ({metrics[n]['low']:.3f}–{metrics[n]['high']:.3f})"
                               for n in ("hota", "assa", "mota", "idf1"))
            print(f"  {who:9} {shares}, switches {metrics['switches']['value']:.0f}, "
                  f"fragmentations {metrics['fragmentations']['value']:.0f}, {spent / frames:.0f} us a frame")
    return 0


if __name__ == "__main__":
    sys.exit(main())
