"""Peers' face finders on marked pictures. Writes their faces for `mien eval face-detection | landmarks MARKS --found OUT`, which judges them by
the same rule as Mien's own, and prints the CPU time.

    detection.py MARKS OUT.json hog [PREDICTOR68.dat]   dlib's HOG finder, upsampled once, as face_recognition calls it, with its landmarks
    detection.py MARKS OUT.json yunet MODEL.onnx        OpenCV's FaceDetectorYN at score 0.5, pictures reduced to 1280 pixels at most
"""
import json
import pathlib
import sys
import time
import xml.etree.ElementTree as xml

import cv2
import dlib


def files_of(marks: pathlib.Path) -> list[str]:
    if marks.suffix == ".json":
        return list(json.loads(marks.read_text())["nose_points"])
    return [image.get("file", "") for image in xml.parse(marks).getroot().iter("image")]


def mean(shape, first: int, last: int) -> list[float]:
    points = [shape.part(i) for i in range(first, last + 1)]
    return [sum(p.x for p in points) / len(points), sum(p.y for p in points) / len(points)]


def hog(predictor_file: str):
    finder = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(predictor_file) if predictor_file else None

    def find(picture):
        rgb = picture[:, :, ::-1].copy()
        boxes, scores, _ = finder.run(rgb, 1, 0.0)
        faces = []
        for box, score in zip(boxes, scores, strict=True):
            face = [box.left(), box.top(), box.width(), box.height(), min(1.0, score / 3)]
            if predictor:
                shape = predictor(rgb, box)
                for first, last in ((36, 41), (42, 47), (30, 30), (48, 48), (54, 54)):
                    face += mean(shape, first, last)
            faces.append(face)
        return faces

    return find


def yunet(model: str):
    finder = cv2.FaceDetectorYN.create(model, "", (320, 320), 0.5)

    def find(picture):
        scale = min(1.0, 1280 / max(picture.shape[:2]))
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
        finder.setInputSize((small.shape[1], small.shape[0]))
        found = finder.detect(small)[1]
        faces = [] if found is None else found.tolist()
        return [[v / scale for v in face[:4]] + [face[14]] + [v / scale for v in face[4:14]] for face in faces]

    return find


marks_file, out_file, peer = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
find_faces = {"hog": hog, "yunet": yunet}[peer](sys.argv[4] if len(sys.argv) > 4 else "")
files = files_of(marks_file)
start = time.process_time()
result = {name: find_faces(cv2.imread(str(marks_file.parent / name))) for name in files}
out_file.write_text(json.dumps(result))
print(json.dumps({"peer": peer, "marks": marks_file.name, "pictures": len(files), "cpu_s": round(time.process_time() - start, 2)}))
