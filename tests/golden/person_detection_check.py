"""Compares `mien eval person-detection` with pycocotools (pypi:pycocotools, pypi:numpy) on the same boxes.

    python person_detection_check.py MIEN BODY_NETS SEQUENCE [DETECTOR] [TILES]

SEQUENCE is a MOTChallenge folder. Fails when AP or AP50 differ by more than 1e-3: the boxes travel as nine digits.
"""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

MIN_HEIGHT = 40


def marked(sequence: Path) -> list[dict]:
    people = []
    for line in (sequence / "gt" / "gt.txt").read_text().splitlines():
        frame, _, x, y, width, height, flag, kind, _ = map(float, line.split(","))
        if kind not in (1, 2, 7, 8, 12):
            continue
        counted = kind == 1 and flag > 0 and height >= MIN_HEIGHT
        people.append({"id": len(people) + 1, "image_id": int(frame), "category_id": 1, "area": width * height,
                       "bbox": [x - 1, y - 1, width, height], "iscrowd": 0, "left_out": not counted})
    return people


def coco(people: list[dict], found: list[dict]) -> tuple[float, float]:
    left_out = {person["id"]: int(person["left_out"]) for person in people}
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {"images": [{"id": i} for i in sorted({p["image_id"] for p in people})],
                         "categories": [{"id": 1}], "annotations": people}
        truth.createIndex()
        judge = COCOeval(truth, truth.loadRes(found), "bbox")
        prepare = judge._prepare

        def with_left_out() -> None:  # COCO itself knows only crowds as "ignore"
            prepare()
            for marks in judge._gts.values():
                for mark in marks:
                    mark["ignore"] = left_out[mark["id"]]

        judge._prepare = with_left_out
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats[0], judge.stats[1]


def main() -> int:
    mien, nets, sequence = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    detector = sys.argv[4] if len(sys.argv) > 4 else "nanodet"
    tiles = sys.argv[5] if len(sys.argv) > 5 else "24"
    pictures = sorted(str(p) for p in (sequence / "img1").glob("*.jpg"))
    lines = subprocess.run([nets, "detect", detector, "0.02", str(MIN_HEIGHT), tiles, *pictures], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    found = []
    for line in lines:
        name, score, *box = line.split(" ")
        found.append({"image_id": int(Path(name).stem), "category_id": 1, "score": float(score),
                      "bbox": [float(v) for v in box]})
    ap, ap50 = coco(marked(sequence), found)
    answer = json.loads(subprocess.run([mien, "eval", "person-detection", str(sequence), "--detector", detector,
                                        "--tiles", tiles, "--json"], check=True, capture_output=True, text=True).stdout)
    ours = answer["metrics"]["ap"]["value"], answer["metrics"]["ap50"]["value"]
    print(f"AP: ours {ours[0]:.4f}, pycocotools {ap:.4f}; AP50: ours {ours[1]:.4f}, pycocotools {ap50:.4f}")
    return 0 if abs(ours[0] - ap) < 1e-3 and abs(ours[1] - ap50) < 1e-3 else 1


if __name__ == "__main__":
    sys.exit(main())
