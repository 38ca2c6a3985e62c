"""Peers' face finders on marked pictures, by the same rule as `mien eval face-detection`: a face is found when a region of its own holds
its nose or overlaps its box by 0.3; what is left over is a false alarm.

    detection.py hog MARKS            dlib's HOG finder, upsampled once, as face_recognition calls it
    detection.py yunet MODEL MARKS    OpenCV's FaceDetectorYN at score 0.5, pictures reduced to 1280 pixels at most
"""
import json
import pathlib
import sys
import time
import xml.etree.ElementTree as xml

import cv2
import dlib

Box = tuple[float, float, float, float]


def marks_of(file: pathlib.Path) -> dict[str, list[tuple[Box | None, tuple[float, float]]]]:
    if file.suffix == ".json":
        return {name: [(None, (x, y)) for x, y in points] for name, points in json.loads(file.read_text())["nose_points"].items()}
    found = {}
    for image in xml.parse(file).getroot().iter("image"):
        faces = []
        for box in image.iter("box"):
            x, y, w, h = (float(box.get(k, 0)) for k in ("left", "top", "width", "height"))
            parts = list(box.iter("part"))
            nose = (float(parts[30].get("x", 0)), float(parts[30].get("y", 0))) if parts else (x + w / 2, y + h / 2)
            faces.append(((x, y, w, h), nose))
        found[image.get("file", "")] = faces
    return found


def overlap(a: Box, b: Box) -> float:
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h) if w > 0 and h > 0 else 0


def hog(picture):
    return [(r.left(), r.top(), r.width(), r.height()) for r in FINDER(picture[:, :, ::-1].copy(), 1)]


def yunet(picture):
    scale = min(1.0, 1280 / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    FINDER.setInputSize((small.shape[1], small.shape[0]))
    faces = FINDER.detect(small)[1]
    return [] if faces is None else [tuple(float(v) / scale for v in face[:4]) for face in faces]


peer, marks_file = sys.argv[1], pathlib.Path(sys.argv[-1])
FINDER = dlib.get_frontal_face_detector() if peer == "hog" else cv2.FaceDetectorYN.create(sys.argv[2], "", (320, 320), 0.5)
find = hog if peer == "hog" else yunet
marked = hits = extra = 0
start = time.process_time()
marks = marks_of(marks_file)
for name, faces in marks.items():
    boxes = find(cv2.imread(str(marks_file.parent / name)))
    for box, nose in faces:
        fits = [b for b in boxes if (b[0] <= nose[0] < b[0] + b[2] and b[1] <= nose[1] < b[1] + b[3]) or (box and overlap(box, b) >= 0.3)]
        if fits:
            boxes.remove(min(fits, key=lambda b: (b[0] + b[2] / 2 - nose[0]) ** 2 + (b[1] + b[3] / 2 - nose[1]) ** 2))
            hits += 1
    marked += len(faces)
    extra += len(boxes)
print(json.dumps({"peer": peer, "marks": marks_file.name, "pictures": len(marks), "marked": marked, "found": hits, "recall": round(hits / marked, 4),
                  "false_alarms_per_picture": round(extra / len(marks), 4), "cpu_s": round(time.process_time() - start, 2)}))
