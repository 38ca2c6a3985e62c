"""One `mien` process over the demo's pictures for so many minutes: its memory must not grow after the first fifth.

    soak.py MINUTES
"""
import pathlib
import signal
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def resident_mb(pid: int) -> float:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return 0.0


def main(minutes: float) -> int:
    process = subprocess.Popen([str(ROOT / "build/mien"), "bench", str(ROOT / "build/demo/pictures"), "--rounds", "100000000"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    samples: list[float] = []
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end and process.poll() is None:
        time.sleep(min(5, 6 * minutes))
        samples.append(resident_mb(process.pid))
    died = process.poll() is not None
    process.send_signal(signal.SIGINT)
    code = process.wait(60)
    fifth = max(1, len(samples) // 5)
    before, after = statistics.median(samples[fifth : 2 * fifth]), statistics.median(samples[-fifth:])
    good = not died and code == 130 and after <= before * 1.05
    print(f"{minutes:g} minutes, {len(samples)} samples: {before:.1f} MB in the second fifth, {after:.1f} MB in the last; "
          f"{'the process died' if died else f'ctrl-C ended it with {code}'}: {'good' if good else 'NOT GOOD'}")
    return 0 if good else 1


sys.exit(main(float(sys.argv[1])))
