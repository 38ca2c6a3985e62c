"""CPU time a frame of reading videos, beside OpenCV's VideoCapture (FFmpeg), one thread each, runs taking turns.

python3 tests/bench/video/compare.py BUILD/tests/bench/video_bench FILE...     (needs pypi:opencv-python-headless)
"""
import os
import pathlib
import statistics
import subprocess
import sys

PEER = """
import sys, time, cv2
cv2.setNumThreads(1)
start = time.process_time()
film = cv2.VideoCapture(sys.argv[1], cv2.CAP_FFMPEG)
frames = 0
while film.read()[0]:
    frames += 1
print(frames, 1000 * (time.process_time() - start) / max(1, frames))
"""


def run(words: list[str]) -> tuple[int, float]:
    out = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    return int(out[0]), float(out[1])


def main() -> int:
    os.environ["OPENCV_FFMPEG_THREADS"] = "1"
    bench, *films = sys.argv[1:]
    for film in films:
        ours, peers = [], []
        for _ in range(7):
            ours.append(run([bench, film, "1"]))
            peers.append(run([sys.executable, "-c", PEER, film]))
        assert ours[0][0] == peers[0][0], f"{film}: {ours[0][0]} frames, the peer reads {peers[0][0]}"
        ratio = statistics.median(p[1] / o[1] for o, p in zip(ours, peers))
        print(f"{pathlib.Path(film).name}: {ours[0][0]} frames, {statistics.median(o[1] for o in ours):.2f} ms CPU a frame, "
              f"OpenCV {statistics.median(p[1] for p in peers):.2f}, ratio {ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
