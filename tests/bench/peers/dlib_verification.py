"""dlib's own Python way over a list of pairs: five-point predictor and ResNet on faces of dlib's HOG finder (upsampled once, as
face_recognition does) or, with a fourth word, of OpenCV's FaceDetectorYN.

Writes a scores file for `mien eval scores` and prints the CPU time of each stage (medians, one thread).
    dlib_verification.py PAIRS.csv MODELS_FOLDER OUT.csv [YUNET.onnx]
MODELS_FOLDER holds shape_predictor_5_face_landmarks.dat and dlib_face_recognition_resnet_model_v1.dat.
"""
import csv
import json
import pathlib
import statistics
import sys
import time

import cv2
import dlib
import numpy as np


def yunet_finder(model: str):
    finder = cv2.FaceDetectorYN.create(model, "", (320, 320), 0.5)

    def find(picture: np.ndarray, _: int) -> list[dlib.rectangle]:
        finder.setInputSize((picture.shape[1], picture.shape[0]))
        faces = finder.detect(np.ascontiguousarray(picture[:, :, ::-1]))[1]
        boxes = [] if faces is None else [[int(v) for v in face[:4]] for face in faces]
        return [dlib.rectangle(x, y, x + w, y + h) for x, y, w, h in boxes]

    return find


def main(pairs_file: str, models: str, out_file: str, yunet: str = "") -> None:
    find = yunet_finder(yunet) if yunet else dlib.get_frontal_face_detector()
    shape = dlib.shape_predictor(f"{models}/shape_predictor_5_face_landmarks.dat")
    net = dlib.face_recognition_model_v1(f"{models}/dlib_face_recognition_resnet_model_v1.dat")
    folder = pathlib.Path(pairs_file).parent
    with open(pairs_file, newline="") as file:
        rows = list(csv.DictReader(file))
    times: dict[str, list[float]] = {"read": [], "detect": [], "align": [], "template": [], "whole": []}
    templates: dict[str, np.ndarray | None] = {}
    for name in sorted({row[side] for row in rows for side in ("a", "b")}):
        marks = [time.process_time()]
        picture = cv2.imread(str(folder / name))[:, :, ::-1].copy()
        marks.append(time.process_time())
        faces = find(picture, 1)
        marks.append(time.process_time())
        templates[name] = None
        if not faces:
            continue
        face = max(faces, key=lambda box: box.area())
        chip = dlib.get_face_chip(picture, shape(picture, face), 150, 0.25)
        marks.append(time.process_time())
        vector = np.array(net.compute_face_descriptor(chip))
        marks.append(time.process_time())
        templates[name] = vector / np.linalg.norm(vector)
        for stage, start, end in zip(("read", "detect", "align", "template"), marks, marks[1:], strict=False):
            times[stage].append(1000 * (end - start))
        times["whole"].append(1000 * (marks[-1] - marks[0]))
    with open(out_file, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["a", "b", "mated", "fold", "score"])
        for row in rows:
            a, b = templates[row["a"]], templates[row["b"]]
            score = "" if a is None or b is None else f"{(1 + float(a @ b)) / 2:.7f}"
            out.writerow([row["a"], row["b"], row["mated"], row["fold"], score])
    print(json.dumps({"cpu_ms": {stage: round(statistics.median(values), 2) for stage, values in times.items()}}))


main(*sys.argv[1:5])
