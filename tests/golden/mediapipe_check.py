"""Mien's MediaPipe detectors and mesh against MediaPipe's own graphs, on identical pixels.

    python3 -m venv VENV && VENV/bin/pip install mediapipe==0.10.14 opencv-contrib-python
    VENV/bin/python mediapipe_check.py FACE_NETS PICTURES…     (MIEN_MODELS must be set and hold the models)

Detectors: squares at the network's side, so that the graph does not scale. The full network (dense) runs in the graph of
the sparse one, whose weights' file is exchanged in this throwaway environment for the time of the run. MediaPipe's suppression averages
overlapping boxes, ours keeps the best: so both ours as it is and all our anchors under MediaPipe's rule are compared.
Mesh: MediaPipe's FaceMesh (refine_landmarks) on a square around each face, three times its box, first on a still picture (one look by its
detector's box), then settled over the same frame shown ten times (looks by the last mesh, as our second look is). Ours starts from
CenterFace's points. Distances are over the distance of the eyes; the pose of both is fitted by Mien's rule.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

os.environ["GLOG_minloglevel"] = "3"
import cv2
import mediapipe
import numpy as np

TOOL, PICTURES = sys.argv[1], sys.argv[2:]
MODELS = pathlib.Path(os.environ["MIEN_MODELS"])
WEIGHTS = pathlib.Path(mediapipe.__file__).parent / "modules" / "face_detection"
EYE_LIDS = ([33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173],
            [263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398])


def ours(*arguments: str, stdin: str = "") -> list[list[str]]:
    done = subprocess.run([TOOL, *arguments], capture_output=True, text=True, check=True, input=stdin)
    return [line.split() for line in done.stdout.splitlines()]


def summary(values: list[float], digits: int = 4) -> dict[str, float]:
    if not values:
        return {}
    return {"median": round(float(np.median(values)), digits), "90 %": round(float(np.quantile(values, 0.9)), digits),
            "largest": round(float(max(values)), digits)}


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    inter = max(0.0, w) * max(0.0, h)
    return inter / (a[2] * a[3] + b[2] * b[3] - inter)


def squares(folder: pathlib.Path, side: int) -> list[str]:
    """The middle square of each picture, and its four quarters, at the network's own side."""
    names = []
    for file in PICTURES:
        picture = cv2.imread(file)
        length = min(picture.shape[:2])
        top, left = (picture.shape[0] - length) // 2, (picture.shape[1] - length) // 2
        half = length // 2
        for y, x, part in [(top, left, length), *((top + dy, left + dx, half) for dy in (0, half) for dx in (0, half))]:
            names.append(str(folder / f"{side}-{len(names)}.png"))
            cv2.imwrite(names[-1], cv2.resize(picture[y : y + part, x : x + part], (side, side), interpolation=cv2.INTER_AREA))
    return names


def weighted(found: list[np.ndarray]) -> list[np.ndarray]:
    """MediaPipe's weighted suppression over all anchors: the best box takes in what overlaps it by 0.3, weighted by score."""
    rest, kept = sorted(found, key=lambda f: -f[0]), []
    while rest:
        near = [overlap(rest[0][1:5], f[1:5]) > 0.3 for f in rest]
        group = np.array([f for f, inside in zip(rest, near, strict=True) if inside])
        rest = [f for f, inside in zip(rest, near, strict=True) if not inside]
        kept.append(np.concatenate([group[0][:1], np.average(group[:, 1:], axis=0, weights=group[:, 0])]))
    return kept


def detector(net: str, side: int, selection: int, folder: pathlib.Path) -> list[dict]:
    least = "0.5" if selection == 0 else "0.6"  # the full graph keeps its own limit, whatever is asked for
    names = squares(folder, side)
    reports = []
    for way in ("detect", "anchors"):
        found: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for words in ours(way, net, least, *names):
            found[words[0]].append(np.array([float(v) for v in words[1:]]))
        if way == "anchors":
            found = {name: weighted(all_of) for name, all_of in found.items()}
        scores, boxes, points, faces, theirs_only, ours_only = [], [], [], 0, 0, 0
        with mediapipe.solutions.face_detection.FaceDetection(min_detection_confidence=0.5, model_selection=selection) as finder:
            for name in names:
                rest = list(found[name])
                answer = finder.process(cv2.cvtColor(cv2.imread(name), cv2.COLOR_BGR2RGB)).detections or []
                for face in answer:
                    faces += 1
                    r = face.location_data.relative_bounding_box
                    box = np.array([r.xmin, r.ymin, r.width, r.height]) * side
                    mine = max(rest, key=lambda f: overlap(f[1:5], box), default=None)
                    if mine is None or overlap(mine[1:5], box) < 0.5:
                        theirs_only += 1
                        continue
                    rest = [f for f in rest if f is not mine]
                    scores.append(abs(float(mine[0]) - face.score[0]))
                    boxes.append(float(np.abs(mine[1:5] - box).max()))
                    marks = np.array([[p.x * side, p.y * side] for p in face.location_data.relative_keypoints])
                    points.append(float(np.abs(mine[5:11].reshape(3, 2) - marks[:3]).max()))  # eyes and nose
                ours_only += len(rest)
        reports.append({"net": net, "suppression": "MediaPipe's" if way == "anchors" else "Mien's", "squares": len(names), "faces": faces,
                        "theirs_only": theirs_only, "ours_only": ours_only, "score": summary(scores, 6), "box_px": summary(boxes, 5),
                        "eyes_and_nose_px": summary(points, 5)})
    return reports


def mesh(folder: pathlib.Path) -> dict:
    counts = {"faces": 0, "no_face_by_mediapipe": 0, "settled_elsewhere": 0}
    keys = ("points", "eyes_lips", "iris", "depth")
    still = {k: [] for k in keys}
    settled = {k: [] for k in keys}
    itself = {k: [] for k in keys}
    new = mediapipe.solutions.face_mesh.FaceMesh
    for file in PICTURES:
        picture = cv2.imread(file)
        small = str(folder / "picture.png")
        scale = min(1.0, 1280 / max(picture.shape[:2]))
        if scale < 1:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        cv2.imwrite(small, picture)
        for words in ours("detect", "centerface", "0.5", small):
            x, y, w, h, *marks = (float(v) for v in words[2:])
            half = round(1.5 * max(w, h))
            left, top = round(x + w / 2) - half, round(y + h / 2) - half
            border = cv2.copyMakeBorder(picture, *[2 * half] * 4, cv2.BORDER_CONSTANT)
            part = border[top + 2 * half : top + 4 * half, left + 2 * half : left + 4 * half].copy()
            crop = str(folder / "crop.png")
            cv2.imwrite(crop, part)
            start = " ".join(str(v - (left, top)[i % 2]) for i, v in enumerate(marks))
            mine = np.array([float(v) for v in ours("mesh", crop, stdin=start)[0]])
            mine = mine[: 478 * 3].reshape(478, 3)
            rgb = cv2.cvtColor(part, cv2.COLOR_BGR2RGB)
            side = part.shape[0]

            def points(answer) -> np.ndarray:
                # MediaPipe samples pixels at whole numbers, as Mien does; depth is scaled as x is.
                best = min(answer.multi_face_landmarks, key=lambda f: abs(f.landmark[4].x - 0.5) + abs(f.landmark[4].y - 0.5))
                return np.array([[p.x * side, p.y * side, p.z * side] for p in best.landmark])

            with new(static_image_mode=True, max_num_faces=4, refine_landmarks=True) as finder:
                answer = finder.process(rgb)
            counts["faces"] += 1
            if not answer.multi_face_landmarks:
                counts["no_face_by_mediapipe"] += 1
                continue
            first = points(answer)
            with new(static_image_mode=False, max_num_faces=1, refine_landmarks=True) as finder:
                for _ in range(10):
                    answer = finder.process(rgb)
            last = points(answer) if answer.multi_face_landmarks else first + 1e6
            eyes = np.linalg.norm(first[EYE_LIDS[0], :2].mean(0) - first[EYE_LIDS[1], :2].mean(0))
            if np.linalg.norm(first[:468, :2].mean(0) - last[:468, :2].mean(0)) > eyes / 2:
                counts["settled_elsewhere"] += 1  # on another face, or on none
                continue
            fine = sorted({*EYE_LIDS[0], *EYE_LIDS[1], 61, 291, 0, 17, 13, 14, 78, 308})
            for into, a, b in ((still, mine, first), (settled, mine, last), (itself, first, last)):
                flat = np.linalg.norm(a[:, :2] - b[:, :2], axis=1) / eyes
                into["points"].append(float(flat[:468].mean()))
                into["eyes_lips"].append(float(flat[fine].mean()))
                into["iris"].append(float(flat[468:].mean()))
                into["depth"].append(float(np.abs(a[:468, 2] - b[:468, 2] - np.mean(a[:468, 2] - b[:468, 2])).mean() / eyes))
    rounded = lambda d: {k: summary(v) for k, v in d.items()}
    return {"net": "facemesh-attention", **counts, "to_still": rounded(still), "to_settled": rounded(settled),
            "mediapipe_still_to_settled": rounded(itself)}


def show(*reports: dict) -> None:
    for report in reports:
        print(json.dumps(report), flush=True)


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if os.environ.get("MESH_ONLY"):
            return show(mesh(folder)) or 0
        show(*detector("mediapipe-face-short", 128, 0, folder))
        show(*detector("mediapipe-face-full-sparse", 192, 1, folder))
        weights, kept = WEIGHTS / "face_detection_full_range_sparse.tflite", folder / "kept.tflite"
        shutil.copy(weights, kept)
        try:
            shutil.copy(next(MODELS.rglob("face_detection_full_range.tflite")), weights)
            show(*detector("mediapipe-face-full", 192, 1, folder))
        finally:
            shutil.copy(kept, weights)
        show(mesh(folder))
    return 0


sys.exit(main())
