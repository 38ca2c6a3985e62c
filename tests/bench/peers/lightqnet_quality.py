"""LightQNet (Chen et al. 2021) on the pictures of `mien eval quality`, faces by OpenCV's FaceDetectorYN, alignment as its demo does it.
Writes "pair,score" for `mien eval quality --peer lightqnet=OUT.csv`; a pair's score is the lower of its two pictures'.

    mien eval quality --pairs PAIRS.csv --csv RUN.csv --samples-out SAMPLES …
    lightqnet_quality.py RUN.csv PAIRS_FOLDER SAMPLES lightqnet-dm100.pb YUNET.onnx OUT.csv
"""
import csv
import json
import pathlib
import sys
import time

import cv2
import numpy

run, folder, samples, model, yunet, out = sys.argv[1:7]
net = cv2.dnn.readNetFromTensorflow(model)
finder = cv2.FaceDetectorYN.create(yunet, "", (320, 320), 0.3)
PLACES = numpy.array([[34.19, 46.16], [65.65, 45.98], [50.12, 82.40]], numpy.float32) * 0.96


def score(file: pathlib.Path) -> float | None:
    picture = cv2.imread(str(file))
    finder.setInputSize((picture.shape[1], picture.shape[0]))
    faces = finder.detect(picture)[1]
    if faces is None:
        return None
    x = max(faces, key=lambda f: f[2] * f[3])[4:14].reshape(5, 2)
    eyes = x[:2][numpy.argsort(x[:2, 0])]
    seen = numpy.array([eyes[0], eyes[1], x[3:].mean(axis=0)], numpy.float32)
    turn = cv2.estimateAffinePartial2D(seen, PLACES, method=cv2.LMEDS)[0]
    crop = cv2.warpAffine(picture, turn, (96, 96))
    net.setInput(cv2.dnn.blobFromImage(crop, 1 / 128, (96, 96), (128, 128, 128), swapRB=True))
    return float(net.forward().ravel()[0])


start = time.process_time()
clean: dict[str, float | None] = {}
missed = 0
with open(run, newline="") as file, open(out, "w") as result:
    result.write("pair,score\n")
    for row in csv.DictReader(file):
        if row["a"] not in clean:
            clean[row["a"]] = score(pathlib.Path(folder) / row["a"])
        both = [clean[row["a"]], score(pathlib.Path(samples) / f"{row['pair']}.png")]
        if None in both:
            missed += 1
            continue  # an absent pair has the lowest quality
        result.write(f"{row['pair']},{min(both):.6f}\n")
print(json.dumps({"peer": "lightqnet", "not_found": missed, "cpu_s": round(time.process_time() - start, 2)}))
