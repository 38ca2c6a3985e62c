"""One `mien watch` of a live 1920 x 1080 camera, kept in an archive, for so many minutes: its memory must not grow after
the first fifth, frames must go on coming, and ctrl-C must end it with its counts.

    soak_watch.py MINUTES [WORDS FOR mien watch ...]
"""
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from live_stream import LINE_1080, MIEN, Camera, clip, cpu_seconds, need, status_of  # noqa: E402


def main(minutes: float, more: list[str]) -> int:
    need()
    with tempfile.TemporaryDirectory() as folder, Camera(clip()) as camera:
        create = [str(MIEN), "archive", "create", "soak", "--purpose", "a soak test", "--basis", "test", "--expires", "P1D"]
        subprocess.run(create, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        words = [str(MIEN), "watch", camera.address, "--line", LINE_1080, "--archive", "soak", "--events", "events.jsonl", "--json", *more]
        with open(pathlib.Path(folder) / "counts.json", "w", encoding="utf-8") as out:
            process = subprocess.Popen(words, cwd=folder, stdout=out)
        samples: list[tuple[float, int]] = []
        cpu = 0.0
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end and os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(min(5, 6 * minutes))
            samples.append((status_of(process.pid, "VmRSS") / 1000, status_of(process.pid, "Threads")))
            cpu = cpu_seconds(process.pid)
            if len(samples) % 12 == 1:
                print(f"{len(samples) * 5 / 60:5.1f} min  {samples[-1][0]:.1f} MB  {samples[-1][1]} threads", flush=True)
        died = process.poll() is not None
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
        said = json.loads((pathlib.Path(folder) / "counts.json").read_text())
        kept = subprocess.run([str(MIEN), "archive", "show", "soak", "--json"], cwd=folder, capture_output=True, text=True, check=False).stdout
    fifth = max(1, len(samples) // 5)
    before = statistics.median(m for m, _ in samples[fifth : 2 * fifth])
    after = statistics.median(m for m, _ in samples[-fifth:])
    source = said["sources"][0]
    good = not died and code in (0, 130) and after <= before * 1.05 and source["frames"] > 0
    print(f"{minutes:g} minutes: {source['frames']} frames looked at, {source['dropped']} dropped, {source['people']} people, "
          f"latency p50 {source['latency_ms']['p50']} ms, p99 {source['latency_ms']['p99']}; {cpu / 60 / minutes:.2f} cores")
    print(f"archive: {' '.join(kept.split())}")
    print(f"{len(samples)} samples: {before:.1f} MB in the second fifth, {after:.1f} MB in the last, most {max(m for m, _ in samples):.1f} MB, "
          f"at most {max(t for _, t in samples)} threads; {'the process died' if died else f'ctrl-C ended it with {code}'}: "
          f"{'good' if good else 'NOT GOOD'}")
    return 0 if good else 1


sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
