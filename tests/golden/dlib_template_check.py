"""Compares Mien's rebuilt dlib network with dlib's own over all pictures of a folder, on identical 150 x 150 crops.

    dlib_template_check.py EMBED_CROPS MODEL.dat PICTURES…     (needs pypi dlib-bin and opencv-python-headless)
Prints the largest difference of unit-length templates: by component and by length. Ends with 1 above 1e-3.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import cv2
import dlib
import numpy as np


def main(tool: str, model: str, *pictures: str) -> int:
    net = dlib.face_recognition_model_v1(model)
    largest = {"component": 0.0, "length": 0.0}
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, len(pictures), 200):
            files, theirs = [], []
            for name in pictures[start : start + 200]:
                picture = cv2.imread(name)
                side = min(picture.shape[:2]) * 6 // 10
                top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
                crop = cv2.resize(picture[top : top + side, left : left + side], (150, 150), interpolation=cv2.INTER_AREA)
                files.append(str(pathlib.Path(folder) / f"{len(files)}.png"))
                cv2.imwrite(files[-1], crop)
                vector = np.array(net.compute_face_descriptor(crop[:, :, ::-1].copy()))
                theirs.append(vector / np.linalg.norm(vector))
            lines = subprocess.run([tool, "dlib-face-resnet", *files], capture_output=True, text=True, check=True).stdout.splitlines()
            ours = np.array([[float(v) for v in line.split()] for line in lines])
            difference = ours - np.array(theirs)
            largest["component"] = max(largest["component"], float(abs(difference).max()))
            largest["length"] = max(largest["length"], float(np.linalg.norm(difference, axis=1).max()))
    print(json.dumps({"pictures": len(pictures), "largest_difference": largest}))
    return 0 if largest["length"] <= 1e-3 else 1


sys.exit(main(*sys.argv[1:]))
