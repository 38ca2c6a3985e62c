"""MediaPipe's own FaceMesh on marked pictures. Writes its faces for `mien eval landmarks MARKS --found OUT`, as detection.py does.

    python3 -m venv VENV && VENV/bin/pip install mediapipe==0.10.14 opencv-contrib-python
    VENV/bin/python mediapipe_mesh.py MARKS.xml OUT.json whole            its own finder on the whole picture
    VENV/bin/python mediapipe_mesh.py MARKS.xml OUT.json boxes [look]     on a square around each marked box, three times as large: its finder
                                                                          knows near faces only, so small ones must be shown to it enlarged;
                                                                          `look`: shown ten times, so that the mesh settles
Refined landmarks; eyes are means of the lids, as in Mien.
"""
import json
import os
import pathlib
import sys
import xml.etree.ElementTree as xml

os.environ["GLOG_minloglevel"] = "3"
import cv2
import mediapipe
import numpy as np

LIDS = ([33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173],
        [263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398])


def face_of(found, width: float, height: float, left: float, top: float) -> list[float]:
    points = np.array([[p.x * width + left, p.y * height + top] for p in found.landmark])
    low, high = points.min(0), points.max(0)
    five = [points[LIDS[0]].mean(0), points[LIDS[1]].mean(0), points[4], points[61], points[291]]
    return [*low, *(high - low), 1.0, *np.concatenate(five)]


def whole(picture, _boxes):
    with mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=True, max_num_faces=30, refine_landmarks=True) as mesh:
        answer = mesh.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    return [face_of(f, picture.shape[1], picture.shape[0], 0, 0) for f in answer.multi_face_landmarks or []]


def in_boxes(picture, boxes, *, looks: int):
    faces = []
    for x, y, w, h in boxes:
        half = round(1.5 * max(w, h))
        left, top = round(x + w / 2) - half, round(y + h / 2) - half
        border = cv2.copyMakeBorder(picture, *[2 * half] * 4, cv2.BORDER_CONSTANT)
        part = border[top + 2 * half : top + 4 * half, left + 2 * half : left + 4 * half].copy()
        with mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=looks == 1, max_num_faces=1 if looks > 1 else 4, refine_landmarks=True) as mesh:
            for _ in range(looks):
                answer = mesh.process(cv2.cvtColor(part, cv2.COLOR_BGR2RGB))
        if not answer.multi_face_landmarks:
            continue
        nearest = min(answer.multi_face_landmarks, key=lambda f: abs(f.landmark[4].x - 0.5) + abs(f.landmark[4].y - 0.5))
        faces.append(face_of(nearest, 2 * half, 2 * half, left, top))
    return faces


def main() -> None:
    marks, out, way = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    result = {}
    for image in xml.parse(marks).getroot().iter("image"):
        boxes = [[float(b.get(k, 0)) for k in ("left", "top", "width", "height")] for b in image.iter("box")]
        picture = cv2.imread(str(marks.parent / image.get("file", "")))
        result[image.get("file", "")] = whole(picture, boxes) if way[0] == "whole" else in_boxes(picture, boxes, looks=10 if "look" in way else 1)
    out.write_text(json.dumps(result))


main()
