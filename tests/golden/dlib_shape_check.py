"""dlib's five-point predictor: Mien's reading of it against dlib's own, in the same boxes of the same pictures.

    dlib_shape_check.py FACE_NETS PREDICTOR.dat PICTURES…        (needs packaging/python/bench.txt: dlib)
Boxes come from dlib's HOG finder, and again moved and scaled by a fifth at random (fixed seed); pictures are decoded once and given to both as
PNG. dlib rounds points to whole pixels, so half a pixel is agreement; a split of a tree on equal greys may still fall otherwise. Ends with 1
when one of twenty points differs by more than that.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import cv2
import dlib
import numpy as np

TOOL, PREDICTOR, PICTURES = sys.argv[1], sys.argv[2], sys.argv[3:]


def check(folder: pathlib.Path) -> list[float]:
    finder, predictor, chance = dlib.get_frontal_face_detector(), dlib.shape_predictor(PREDICTOR), random.Random(1)
    differences = []
    for i, name in enumerate(PICTURES):
        file = str(folder / f"{i}.png")
        cv2.imwrite(file, cv2.imread(name))
        picture = dlib.load_rgb_image(file)
        boxes = []
        for face in finder(picture, 1):
            side = face.width()
            boxes.append(face)
            left, top = (round(v + chance.uniform(-0.2, 0.2) * side) for v in (face.left(), face.top()))
            scaled = round(side * chance.uniform(0.8, 1.2))
            boxes.append(dlib.rectangle(left, top, left + scaled - 1, top + scaled - 1))
        if not boxes:
            continue
        lines = "\n".join(f"{b.left()} {b.top()} {b.width()} {b.height()}" for b in boxes)
        out = subprocess.run([TOOL, "shape", PREDICTOR, file], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
        for box, line in zip(boxes, out, strict=True):
            mine = np.array([float(v) for v in line.split()]).reshape(-1, 2)
            theirs = np.array([[p.x, p.y] for p in predictor(picture, box).parts()])
            differences += np.abs(mine - theirs).max(axis=1).tolist()
    return differences


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        differences = check(pathlib.Path(folder))
    median, most, largest = (round(float(np.percentile(differences, p)), 3) for p in (50, 95, 100))
    print(json.dumps({"points": len(differences), "median_px": median, "95_percent_px": most, "largest_px": largest}))
    return 1 if most > 0.5 else 0


sys.exit(main())
