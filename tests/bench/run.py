"""Mien and its peers over the same pictures, in turn, in one run: CPU medians on one thread.

    run.py [PICTURES]    a folder; without one the first 99 pictures of ../shared/data/lfw-dev, else the demo's
"""
import csv
import datetime
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIEN, PEERS = str(ROOT / "build/mien"), str(ROOT / ".venv-bench/bin/python")
HERE = ROOT / "tests/bench/peers"


def output(*command: object) -> str:
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def answer(*command: object) -> dict[str, object]:
    text = output(*command)
    return json.loads(text[text.index("{") :])


def chosen() -> list[pathlib.Path]:
    lfw = ROOT.parent / "shared/data/lfw-dev"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else lfw if lfw.is_dir() else ROOT / "build/demo/pictures"
    pictures = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return pictures[:99]


def models_folder(scratch: pathlib.Path) -> pathlib.Path:
    for name in ("dlib-face-resnet", "dlib-landmarks5"):
        folder = answer(MIEN, "models", "pull", name, "--json")["models"][0]["folder"]  # type: ignore[index]
        for file in pathlib.Path(folder).glob("*.dat"):
            shutil.copy(file, scratch)
    return scratch


def dlib_times(pictures: list[pathlib.Path], scratch: pathlib.Path) -> dict[str, float]:
    pairs = scratch / "pairs.csv"
    with pairs.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["a", "b", "mated", "fold"])
        rows.writerows([picture, picture, 1, 1] for picture in pictures)
    return answer(PEERS, HERE / "dlib_verification.py", pairs, scratch, scratch / "out.csv")["cpu_ms"]  # type: ignore[return-value]


def wall(*command: object, times: int = 7) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        output(*command)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main() -> None:
    pictures = chosen()
    print(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC, {len(pictures)} pictures of {pictures[0].parent.name} and beside")
    with tempfile.TemporaryDirectory() as folder:
        scratch = models_folder(pathlib.Path(folder))
        mien: list[dict[str, float]] = []
        dlib: list[dict[str, float]] = []
        for _ in range(2):
            mien.append(answer(MIEN, "bench", *pictures, "--rounds", 2, "--json")["metrics"])  # type: ignore[arg-type]
            dlib.append(dlib_times(pictures, scratch))
        both = {key: statistics.mean(run[key] for run in mien) for key in mien[0]}
        theirs = {key: statistics.mean(run[key] for run in dlib) for key in dlib[0]}
        for name, ours, peer in (("template", both["template_cpu_ms"], theirs["template"]), ("file to template", both["file_to_template_cpu_ms"], theirs["whole"])):
            print(f"{name}: mien {ours:.2f} ms, dlib in Python {peer:.2f} ms, ratio 1/{peer / ours:.1f}")
        for key, value in both.items():
            print(f"  mien {key} {value:.3f}")
        output(MIEN, "models", "export", "dlib-face-resnet", "--out", scratch)
        print("template network alone, one crop:", json.dumps(answer(PEERS, HERE / "onnxruntime_template.py", scratch / "dlib-face-resnet.xml")))
        a, b = pictures[0], pictures[1]
        print(f"mien verify, whole process, warm model cache: {wall('bash', '-c', f'{MIEN} verify {a} {b} || true'):.2f} s wall")
        for workers in (1, 2):
            print(f"mien analyze, {len(pictures)} pictures, {workers} workers: {wall(MIEN, 'analyze', *pictures, '--workers', workers, times=3):.2f} s wall")


main()
