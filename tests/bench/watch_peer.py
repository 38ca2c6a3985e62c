"""`mien watch` beside a people counter of the usual Python parts: the same film, the same networks by the same OpenVINO,
each in a process of its own, taking turns.

    .venv-watch/bin/python tests/bench/watch_peer.py [FILM] [ROUNDS]
    .venv-watch/bin/python tests/bench/watch_peer.py peer motion|looks FILM        one run of the peer alone

motion: detector, supervision's ByteTrack and LineZone, against `--reid none`. looks: detector, a template of every box by
the same ReID network, deep-sort-realtime and LineZone, against the same network in Mien, which describes a person again
only where they could be mistaken. The film is read by OpenCV, on as many threads as it likes. Models are loaded outside
the time. Networks: person-detection-retail-0013 and person-reidentification-retail-0288 of the Open Model Zoo.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIEN = ROOT / "build/mien"
VTEST = "/usr/share/doc/opencv-doc/examples/data/vtest.avi"
DETECTOR, REID = "person-detection-retail-0013", "person-reidentification-retail-0288"
LINE = (690, 240, 690, 440)
LEAST_SCORE, LEAST_HEIGHT = 0.35, 48  # Mien's defaults


def network_file(name: str) -> pathlib.Path:
    home = pathlib.Path(os.environ.get("MIEN_MODELS", pathlib.Path.home() / ".cache/mien/models"))
    found = sorted(home.rglob(f"{name}.xml"))
    if not found:
        raise SystemExit(f"{name} is not there: mien models pull omz-{name}")
    return found[0]


def peer(kind: str, film: str) -> None:
    import cv2
    import numpy
    import openvino
    import supervision

    runtime = openvino.Core()
    hint = {"PERFORMANCE_HINT": "LATENCY"}
    detect = runtime.compile_model(runtime.read_model(network_file(DETECTOR)), "CPU", hint)
    height, width = detect.input(0).shape[2:]
    describe = runtime.compile_model(runtime.read_model(network_file(REID)), "CPU", hint) if kind == "looks" else None
    video = cv2.VideoCapture(film)
    rate = video.get(cv2.CAP_PROP_FPS)
    line = supervision.LineZone(supervision.Point(*LINE[:2]), supervision.Point(*LINE[2:]), triggering_anchors=[supervision.Position.BOTTOM_CENTER])
    if kind == "motion":
        tracker = supervision.ByteTrack(frame_rate=max(1, round(rate)))
    else:
        from deep_sort_realtime.deepsort_tracker import DeepSort

        tracker = DeepSort(embedder=None)
    start, cpu = time.perf_counter(), time.process_time()
    frames, people = 0, set()
    while True:
        more, picture = video.read()
        if not more:
            break
        frames += 1
        tall, wide = picture.shape[:2]
        plane = cv2.resize(picture, (width, height)).transpose(2, 0, 1)[None].astype(numpy.float32)
        rows = detect(plane)[detect.output(0)].reshape(-1, 7)
        rows = rows[(rows[:, 0] >= 0) & (rows[:, 2] >= LEAST_SCORE)]
        boxes = rows[:, 3:7] * numpy.array([wide, tall, wide, tall], numpy.float32)
        kept = boxes[:, 3] - boxes[:, 1] >= LEAST_HEIGHT
        boxes, scores = boxes[kept], rows[kept, 2]
        if kind == "motion":
            found = supervision.Detections(xyxy=boxes, confidence=scores, class_id=numpy.zeros(len(boxes), int))
            tracked = tracker.update_with_detections(found)
        else:
            looks = []
            for left, top, right, bottom in boxes.clip(0).astype(int):
                crop = cv2.resize(picture[top : max(bottom, top + 1), left : max(right, left + 1)], (128, 256))
                looks.append(describe(crop.transpose(2, 0, 1)[None].astype(numpy.float32))[describe.output(0)].ravel())
            given = [([x0, y0, x1 - x0, y1 - y0], float(s), 0) for (x0, y0, x1, y1), s in zip(boxes, scores)]
            tracks = [t for t in tracker.update_tracks(given, embeds=looks) if t.is_confirmed() and t.time_since_update == 0]
            tracked = supervision.Detections(
                xyxy=numpy.array([t.to_ltrb() for t in tracks], numpy.float32).reshape(-1, 4),
                class_id=numpy.zeros(len(tracks), int), tracker_id=numpy.array([int(t.track_id) for t in tracks], int))
        if tracked.tracker_id is not None:
            people.update(tracked.tracker_id.tolist())
        line.trigger(tracked)
    print(json.dumps({"frames": frames, "wall": time.perf_counter() - start, "cpu": time.process_time() - cpu,
                      "people": len(people), "in": line.in_count, "out": line.out_count}))


def mien(kind: str, film: str) -> dict[str, float]:
    words = [str(MIEN), "watch", film, "--detector", "omz-" + DETECTOR, "--reid", "none" if kind == "motion" else "omz-" + REID,
             "--line", ",".join(map(str, LINE)), "--json"]
    before = os.times()
    said = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    after = os.times()
    source = said["sources"][0]
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    counts = said["counts"]["line1"]
    return {"frames": source["frames"], "wall": source["wall_seconds"], "cpu": cpu, "people": source["people"], "in": counts["in"], "out": counts["out"]}


def beside(kind: str, film: str, rounds: int) -> None:
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(mien(kind, film))
        theirs.append(json.loads(subprocess.run([sys.executable, __file__, "peer", kind, film], check=True, capture_output=True, text=True).stdout))
    assert ours[0]["frames"] == theirs[0]["frames"], "not the same frames"
    for name, runs in (("Mien", ours), ("Python", theirs)):
        frames = runs[0]["frames"]
        print(f"{kind}: {name}: {statistics.median(frames / r['wall'] for r in runs):.1f} frames/s, "
              f"{1000 * statistics.median(r['cpu'] for r in runs) / frames:.2f} ms CPU a frame, {runs[0]['people']} people, "
              f"{runs[0]['in']} in, {runs[0]['out']} out")
    wall = statistics.median(t["wall"] / o["wall"] for o, t in zip(ours, theirs))
    cpu = statistics.median(t["cpu"] / o["cpu"] for o, t in zip(ours, theirs))
    print(f"{kind}: Mien's throughput is {wall:.2f} x, at a CPU time of 1 / {cpu:.2f} (its loading included, the peer's not)", flush=True)


def main() -> int:
    if len(sys.argv) == 4 and sys.argv[1] == "peer":
        peer(sys.argv[2], sys.argv[3])
        return 0
    film = sys.argv[1] if len(sys.argv) > 1 else VTEST
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for kind in ("motion", "looks"):
        beside(kind, film, rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
