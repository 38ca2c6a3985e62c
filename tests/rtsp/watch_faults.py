"""`mien watch` against cameras and disks that fail, with the real command:

    watch_faults.py MIEN RTSP_SERVER CASE        CASE: bad_source, cut, garbage, clock_back, killed, disk_full, many
"""
import atexit
import collections
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

MIEN, SERVER = sys.argv[1:3]
FOLDER = tempfile.mkdtemp()
CHILDREN: list[subprocess.Popen] = []  # type: ignore[type-arg]
STARTED = time.strftime("%Y-%m-%dT%H:00:00.000Z", time.gmtime(time.time() - 86400))  # younger than the archive keeps
VTEST = "/usr/share/doc/opencv-doc/examples/data/vtest.avi"


@atexit.register
def end_all() -> None:
    for child in CHILDREN:
        if child.poll() is None:
            child.kill()
    shutil.rmtree(FOLDER, ignore_errors=True)


class Camera:
    def __init__(self, *words: str, port: int = 0) -> None:
        self.process = subprocess.Popen([SERVER, "--port", str(port), *words], stdout=subprocess.PIPE, text=True)
        CHILDREN.append(self.process)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().split()[1])
        self.address = f"rtsp://127.0.0.1:{self.port}/live"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Proxy:
    """Between a camera and its reader (RTSP over TCP): `change` may rewrite each RTP packet of the video."""

    def __init__(self, camera: Camera, change) -> None:  # type: ignore[no-untyped-def]
        self.camera, self.change, self.packets = camera, change, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"rtsp://127.0.0.1:{self.socket.getsockname()[1]}/live"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            reader, _ = self.socket.accept()
            camera = socket.create_connection(("127.0.0.1", self.camera.port))
            threading.Thread(target=self.up, args=(reader, camera), daemon=True).start()
            threading.Thread(target=self.down, args=(camera, reader), daemon=True).start()

    @staticmethod
    def up(reader: socket.socket, camera: socket.socket) -> None:
        try:
            while data := reader.recv(65536):
                camera.sendall(data)
        except OSError:
            pass
        camera.close()

    def down(self, camera: socket.socket, reader: socket.socket) -> None:
        stream = camera.makefile("rb")
        try:
            while first := stream.read(1):
                if first != b"$":
                    reader.sendall(first)
                    continue
                channel, length = struct.unpack(">BH", stream.read(3))
                packet = bytearray(stream.read(length))
                if channel == 0:
                    self.packets += 1
                    packet = self.change(self.packets, packet)
                reader.sendall(b"$" + struct.pack(">BH", channel, len(packet)) + packet)
        except OSError:
            pass


def start(*words: str, **more) -> subprocess.Popen:  # type: ignore[no-untyped-def,type-arg]
    process = subprocess.Popen([MIEN, "watch", *words, "--json", "--reid", "none", "--events", "events.jsonl"], cwd=FOLDER, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    CHILDREN.append(process)
    return process


def ended(process: subprocess.Popen) -> dict:  # type: ignore[type-arg]
    out, errors = process.communicate(timeout=150)
    process.errors = errors  # type: ignore[attr-defined]
    return json.loads(out)


def events() -> list[dict]:  # type: ignore[type-arg]
    file = pathlib.Path(FOLDER) / "events.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def wait_for(kind: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not any(e["kind"] == "source " + kind for e in events()):
        assert time.monotonic() < end, f"no event '{kind}': {events()}"
        time.sleep(0.1)


def stop(process: subprocess.Popen) -> dict:  # type: ignore[type-arg]
    process.send_signal(signal.SIGINT)
    return ended(process)


def bad_source() -> None:
    """One source refuses connections, one is no video: told at once, the third goes on; exit code and JSON tell."""
    (pathlib.Path(FOLDER) / "noise.avi").write_bytes(os.urandom(20000))
    camera = Camera()
    mien = start("rtsp://127.0.0.1:9/live", "noise.avi", camera.address, "--seconds", "3")
    wait_for("failed")
    wait_for("connected")
    said = ended(mien)
    first, second, third = said["sources"]
    assert mien.returncode == 3, mien.returncode
    assert "error" in first and "error" in second and "error" not in third, said
    assert third["frames"] > 5, third
    assert sum(e["kind"] == "source failed" for e in events()) == 2, events()
    camera.kill()


def cut() -> None:
    """Killed while it sends, back with another size."""
    camera = Camera()
    mien = start(camera.address, "--line", "100,0,100,200")
    wait_for("connected")
    camera.kill()
    wait_for("lost")
    again = Camera("--size", "640x360", port=camera.port)
    wait_for("reconnected")
    wait_for("resolution changed")
    time.sleep(1)
    said = stop(mien)["sources"][0]
    assert mien.returncode in (0, 130) and said["reconnects"] == 1 and said["frames"] > 5, (mien.returncode, said)
    again.kill()


def garbage() -> None:
    """For a second each packet is noise; then all is well again."""
    camera = Camera()
    proxy = Proxy(camera, lambda n, packet: packet[:12] + os.urandom(len(packet) - 12) if 100 < n < 200 else packet)
    mien = start(proxy.address)
    wait_for("connected")
    end = time.monotonic() + 60
    while proxy.packets < 600 and time.monotonic() < end:
        time.sleep(0.1)
    said = stop(mien)["sources"][0]
    assert mien.returncode in (0, 130) and said["frames"] > 10, (mien.returncode, said, events())
    print([e["kind"] for e in events()], said["frames"], said["reconnects"])
    camera.kill()


def clock_back() -> None:
    """The camera's clock jumps back by an hour: told, and the frames go on."""

    def change(n: int, packet: bytearray) -> bytearray:
        if n > 150:
            stamp = struct.unpack(">I", packet[4:8])[0]
            packet[4:8] = struct.pack(">I", (stamp - 3600 * 90000) % 2**32)
        return packet

    camera = Camera()
    proxy = Proxy(camera, change)
    mien = start(proxy.address)
    wait_for("clock jumped back")
    time.sleep(1)
    said = stop(mien)["sources"][0]
    assert mien.returncode in (0, 130) and said["seconds"] < 120, (mien.returncode, said)
    camera.kill()


def mien(*words: str) -> str:
    done = subprocess.run([MIEN, *words], cwd=FOLDER, check=False, capture_output=True, text=True)
    assert done.returncode == 0, (words, done.returncode, done.stderr)
    return done.stdout


def archived(name: str) -> list[tuple[str, str]]:
    return sorted((one["from"], one["to"]) for one in json.loads(mien("archive", "sightings", name, "--json"))["sightings"])


def written() -> int:
    """Sightings on the disk, read without opening the store beside its writer."""
    with contextlib.closing(sqlite3.connect(f"file:{FOLDER}/mien-data/archive.db?mode=ro", uri=True)) as data:
        return int(data.execute("SELECT count(*) FROM sighting JOIN recording ON recording.id = recording WHERE finished = 0").fetchone()[0])


def killed(film: str = VTEST) -> None:
    """kill -9 in the middle of --archive, twice, and going on: the same sightings as of a run that nobody disturbed."""
    quick = ["--max-fps", "4", "--started", STARTED]
    for name in ("whole", "killed"):
        mien("archive", "create", name, "--purpose", "test", "--basis", "test")
    ended(start(film, "--archive", "whole", *quick))
    whole = archived("whole")
    assert len(whole) > 2, whole
    kept = 0
    for turn in range(2):
        process = start(film, "--archive", "killed", *quick)
        end = time.monotonic() + 100
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.2)
            if (kept := written()) > 8 * (turn + 1):
                break
        assert process.poll() is None, "the run ended before it could be killed"
        process.kill()
        process.communicate()
    ended(start(film, "--archive", "killed", *quick))
    again = archived("killed")
    assert again == whole, f"{len(again)} sightings instead of {len(whole)}:\n{again}\n{whole}"
    refused = start(film, "--archive", "killed", *quick)
    ended(refused)
    assert refused.returncode != 0, "what is in the archive was taken again"
    print(len(whole), "sightings, after", kept, "at the last kill")


def disk_full() -> None:
    """No room for the archive: an error with its reason, what was there stays, and with room it goes on."""
    mien("archive", "create", "full", "--purpose", "test", "--basis", "test")
    quick = ["--max-fps", "4", "--archive", "full", "--started", STARTED]
    largest = max(p.stat().st_size for p in pathlib.Path(FOLDER, "mien-data").iterdir() if p.is_file())
    limit = (largest + 20000) // 1024 + 1
    words = " ".join([MIEN, "watch", VTEST, *quick, "--json", "--reid", "none"])
    full = subprocess.run(["bash", "-c", f"trap '' XFSZ; ulimit -f {limit}; exec {words}"], cwd=FOLDER, capture_output=True, text=True, check=False, timeout=200)
    assert full.returncode == 3, (full.returncode, full.stderr)
    assert re.search("disk|space|full", full.stderr), full.stderr
    print(full.stderr.strip())
    before = archived("full")
    ended(start(VTEST, *quick))
    mien("archive", "create", "whole", "--purpose", "test", "--basis", "test")
    ended(start(VTEST, *["whole" if word == "full" else word for word in quick]))
    whole = archived("whole")
    assert len(whole) > 2, whole
    after = archived("full")
    assert after == whole, (before, after)


def many() -> None:
    """64 sources at once, of 4 cameras: all give frames, with bounded threads and memory."""
    cameras = [Camera() for _ in range(4)]
    process = start(*[camera.address for camera in cameras for _ in range(16)])
    end = time.monotonic() + 70
    while sum(e["kind"] in ("source connected", "source failed") for e in events()) < 64:
        if time.monotonic() > end:
            break
        time.sleep(0.3)
    kinds = collections.Counter(e["kind"] for e in events())
    print(dict(kinds))
    time.sleep(10)
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    said = stop(process)["sources"]
    memory = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1000  # type: ignore[index]
    threads = int(re.search(r"Threads:\s+(\d+)", status)[1])  # type: ignore[index]
    failed = [source["error"]["message"] for source in said if "error" in source]
    print(len(failed), "could not be opened", set(failed))
    said = [source for source in said if "error" not in source]
    frames = sorted(source["frames"] for source in said)
    dropped = sum(source["dropped"] for source in said)
    late = max(source.get("behind_ms", {"p99": 0})["p99"] for source in said)
    print(f"{len(said)} of 64 sources: {sum(frames)} frames looked at, {frames[0]} to {frames[-1]} of each, {dropped} dropped, "
          f"latency up to {late} ms behind (p99 of the worst), {memory:.0f} MB, {threads} threads")
    assert frames[0] > 0 and threads < 400 and memory < 2000, (frames, threads, memory)
    for camera in cameras:
        camera.kill()


if sys.argv[3] == "killed" and len(sys.argv) > 4:
    killed(os.path.abspath(sys.argv[4]))
else:
    {"bad_source": bad_source, "cut": cut, "garbage": garbage, "clock_back": clock_back, "killed": killed,
     "disk_full": disk_full, "many": many}[sys.argv[3]]()
print("good")
