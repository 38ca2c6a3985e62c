"""One camera of 1920 x 1080 at 25 frames a second, watched live with detection, tracking, templates and a counting line:
what was looked at, dropped, how late answers came and what it cost.

    watch_live.py [SECONDS] [NETS ...]      NETS: default, omz or motion; default and omz if none are named
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from live_stream import LINE_1080, MIEN, Camera, clip, cpu_seconds, need, status_of  # noqa: E402

NETS = {
    "default": [],
    "omz": ["--detector", "omz-person-detection-retail-0013", "--reid", "omz-person-reidentification-retail-0288"],
    "motion": ["--reid", "none"],
}


def others_share(before: tuple[int, int], own: float, wall: float) -> float:
    """How many cores everything else on this machine used meanwhile."""
    busy = (machine_ticks()[0] - before[0]) / os.sysconf("SC_CLK_TCK")
    return max(0.0, (busy - own) / wall)


def machine_ticks() -> tuple[int, int]:
    """Busy and idle ticks of all cores since the machine started."""
    words = [int(w) for w in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = words[3] + words[4]
    return sum(words) - idle, idle


def measure(name: str, seconds: float) -> None:
    with Camera(clip()) as camera:
        start, ticks = time.monotonic(), machine_ticks()
        words = [str(MIEN), "watch", camera.address, "--line", LINE_1080, "--json", "--seconds", str(seconds), *NETS[name]]
        mien = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        cpu = server = 0.0
        memory = threads = 0
        while mien.poll() is None:
            if os.waitid(os.P_PID, mien.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                cpu, server = cpu_seconds(mien.pid), cpu_seconds(camera.process.pid)
                memory, threads = status_of(mien.pid, "VmRSS"), status_of(mien.pid, "Threads")
            time.sleep(0.2)
            if time.monotonic() - start > 3 * seconds + 60:
                mien.send_signal(signal.SIGINT)
        wall = time.monotonic() - start
        assert mien.stdout is not None
        said = json.loads(mien.stdout.read())["sources"][0]
    others = others_share(ticks, cpu + server, wall)
    arrived = said["frames"] + said["dropped"]
    print(f"{name}: {said['seconds']:.0f} s, {said['frames']} frames looked at, {said['dropped']} dropped "
          f"({100 * said['dropped'] / max(1, arrived):.1f} %); from arrival p50 {said['latency_ms']['p50']} ms, "
          f"p99 {said['latency_ms']['p99']}; behind the stream p50 {said['behind_ms']['p50']}, p99 {said['behind_ms']['p99']}; "
          f"CPU {cpu / wall:.2f} cores, {1000 * cpu / max(1, said['frames']):.1f} ms a frame looked at; {memory / 1000:.0f} MB, "
          f"{threads} threads; camera {server / wall:.2f} cores, everything else on this machine {others:.2f}", flush=True)


def main() -> int:
    need()
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    for name in sys.argv[2:] or ["default", "omz"]:
        measure(name, seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
