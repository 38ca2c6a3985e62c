"""A camera on loopback for the measurements of live video: people walking, 1920 x 1080, 25 frames a second, without end.

The clip is vtest.avi (Debian's opencv-doc; 768 x 576, ten frames a second) scaled to 1440 x 1080 between black bars and
sent at 25 frames a second: people walk 2.5 times as fast as they did.
"""
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIEN = ROOT / "build/mien"
SERVER = ROOT / "build/release/tests/rtsp/rtsp_server"
VTEST = pathlib.Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
# Where the walkers of vtest.avi are counted, there and in the scaled clip (240 pixels of bar; factor 1.875).
LINE = "690,240,690,440"
LINE_1080 = "1534,450,1534,825"


def clip() -> pathlib.Path:
    """The stream as a file, made once; half a minute of H.264 without B frames."""
    made = ROOT / "build/bench/walkers-1080.h264"
    if not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        part = made.with_suffix(".part")
        subprocess.run([SERVER, "--film", VTEST, "--size", "1920x1080", "--make", part], check=True)
        part.rename(made)
    return made


class Camera:
    def __init__(self, stream: pathlib.Path | None = None, words: tuple[str, ...] = ()) -> None:
        what = ["--stream", str(stream)] if stream else []
        self.process = subprocess.Popen([str(SERVER), *what, *words], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        said = self.process.stdout.readline().split()
        if len(said) != 2:
            raise SystemExit("the RTSP server did not start")
        self.address = f"rtsp://127.0.0.1:{said[1]}/live"

    def __enter__(self) -> "Camera":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def status_of(pid: int, what: str) -> int:
    """A number of /proc/PID/status: VmRSS in kB, Threads."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1])
    return 0


def need() -> None:
    for what in (MIEN, SERVER, VTEST):
        if not shutil.which(what) and not what.exists():
            raise SystemExit(f"{what} is missing: ./run build, and build the target rtsp_server")
