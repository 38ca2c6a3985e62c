#!/usr/bin/env python3
"""Writes packaging/python/<name>.txt from <name>.in: every package with its version and the SHA-256 of the file for
this platform (CPython 3.11, x86_64, or any), as `pip install --require-hashes` wants it.

    .venv/bin/python tools/lock_requirements.py requirements --no-deps
    .venv/bin/python tools/lock_requirements.py bench
    .venv/bin/python tools/lock_requirements.py search
    .venv/bin/python tools/lock_requirements.py tracking
    .venv/bin/python tools/lock_requirements.py watch
"""

import argparse
import json
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "packaging" / "python"


def resolved(wanted: pathlib.Path, options: list[str]) -> list[tuple[str, str, str]]:
    """Name, version and SHA-256 of every file that pip would install."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    report = subprocess.run([*command, *options, "-r", str(wanted)], check=True, stdout=subprocess.PIPE, text=True)
    rows = []
    for item in json.loads(report.stdout)["install"]:
        sha256 = item["download_info"]["archive_info"]["hashes"]["sha256"]
        rows.append((item["metadata"]["name"].lower(), item["metadata"]["version"], sha256))
    return sorted(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=["requirements", "bench", "search", "tracking", "watch"])
    parser.add_argument("--no-deps", action="store_true", help="lock only what is listed")
    given = parser.parse_args()
    options = ["--no-deps"] if given.no_deps else []
    rows = resolved(FOLDER / f"{given.name}.in", options)
    lines = [f"# Made by tools/lock_requirements.py from {given.name}.in; do not edit."]
    lines += [f"{name}=={version} --hash=sha256:{sha256}" for name, version, sha256 in rows]
    (FOLDER / f"{given.name}.txt").write_text("\n".join(lines) + "\n")
    print(f"{len(rows)} packages locked in {given.name}.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
