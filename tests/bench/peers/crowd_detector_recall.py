"""How many of a simulated crowd's people Open Model Zoo's person-detection-retail-0013 finds: does a detector take them for people?
A body counts whose visibility is 0.6 or more; found: a box of score 0.5 or more overlaps it by an IoU of 0.5 or more (best scores first, each body once).
The interval is a bootstrap over identities. Needs numpy, opencv-python-headless and openvino.

    crowd_detector_recall.py person-detection-retail-0013.xml EVERY CROWD/camera1 [CROWD/camera2 ...]
"""
import csv
import pathlib
import random
import sys

import cv2
import numpy
import openvino

Box = tuple[float, float, float, float]


def iou(a: Box, b: Box) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (a[2] * a[3] + b[2] * b[3] - width * height)


def clipped(box: Box, width: int, height: int) -> Box:
    left, top = max(0.0, box[0]), max(0.0, box[1])
    return left, top, min(width, box[0] + box[2]) - left, min(height, box[1] + box[3]) - top


net = openvino.Core().compile_model(sys.argv[1], "CPU", {"INFERENCE_NUM_THREADS": 1})
found_of: dict[int, list[int]] = {}  # person: bodies, found
false_alarms = frames = 0
for folder in map(pathlib.Path, sys.argv[3:]):
    truth: dict[int, list[tuple[int, Box, float]]] = {}
    with (folder / "gt/gt.txt").open() as rows:
        for row in csv.reader(rows):
            truth.setdefault(int(row[0]), []).append((int(row[1]), tuple(map(float, row[2:6])), float(row[8])))  # type: ignore[arg-type]
    for file in sorted((folder / "img1").glob("*.jpg"))[:: int(sys.argv[2])]:
        picture = cv2.imread(str(file))
        height, width = picture.shape[:2]
        rows = net(cv2.resize(picture, (544, 320)).transpose(2, 0, 1)[None].astype(numpy.float32))[0].reshape(-1, 7)
        boxes = sorted(((r[2], (r[3] * width, r[4] * height, (r[5] - r[3]) * width, (r[6] - r[4]) * height)) for r in rows if r[2] >= 0.5), reverse=True)
        bodies = [(person, clipped(box, width, height), seen) for person, box, seen in truth.get(int(file.stem), [])]
        taken: set[int] = set()
        frames += 1
        for _, box in boxes:
            overlap, best = max(((iou(box, body[1]), i) for i, body in enumerate(bodies) if i not in taken), default=(0.0, -1))
            if overlap >= 0.5:
                taken.add(best)
            else:
                false_alarms += 1
        for i, (person, _, seen) in enumerate(bodies):
            if seen >= 0.6:
                counts = found_of.setdefault(person, [0, 0])
                counts[0] += 1
                counts[1] += i in taken

random.seed(1)
people = list(found_of.values())
recalls = sorted(sum(c[1] for c in drawn) / sum(c[0] for c in drawn) for drawn in (random.choices(people, k=len(people)) for _ in range(2000)))
bodies_all, found_all = sum(c[0] for c in people), sum(c[1] for c in people)
print(f"recall {found_all / bodies_all:.3f} ({recalls[50]:.3f}-{recalls[1949]:.3f}), {found_all} of {bodies_all} bodies of {len(people)} people; {false_alarms / frames:.3f} false boxes a frame over {frames} frames")
