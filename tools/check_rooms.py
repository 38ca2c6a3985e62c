"""Holds the code to rooms.toml: who may include whom, which outside headers a room brings, purity, size, forbidden names.

Prints every breach and ends with 1 if there is one.   python3 tools/check_rooms.py [ROOT]
"""
import pathlib
import re
import sys
import tomllib

FORBIDDEN = {"common", "util", "utils", "helper", "helpers", "misc", "manager", "core"}
IMPURE = {"fstream", "iostream", "filesystem", "thread", "mutex", "cstdio", "ctime", "future"}
INCLUDE = re.compile(r'^\s*#include\s+([<"])([^>"]+)[>"]', re.MULTILINE)


def standard(header: str) -> bool:
    return "/" not in header and "." not in header


def breaches_of(room: str, rooms: dict[str, dict], root: pathlib.Path) -> list[str]:
    rules = rooms[room]
    found: list[str] = []
    lines = 0
    for file in sorted((root / "src" / room).rglob("*")):
        if FORBIDDEN & {part.lower() for part in pathlib.PurePath(file.stem).parts}:
            found.append(f"{file}: forbidden name")
        if file.suffix not in {".cpp", ".h"}:
            continue
        text = file.read_text()
        test = file.stem.endswith("_test")
        lines += 0 if test else text.count("\n")
        limit = 200 if file.suffix == ".h" else 500
        if text.count("\n") > limit:
            found.append(f"{file}: more than {limit} lines")
        for quote, header in INCLUDE.findall(text):
            target = header.split("/")[0]
            if quote == '"':
                if target != room and target not in rules["sees"]:
                    found.append(f"{file}: {room} must not include {header}")
            elif test:
                continue
            elif rules.get("pure") and header in IMPURE:
                found.append(f"{file}: {room} is pure, but includes <{header}>")
            elif not standard(header) and not any(header.startswith(allowed) for allowed in rules["outside"]):
                found.append(f"{file}: {room} must not bring <{header}>")
    if lines > rules["budget"]:
        found.append(f"src/{room}: {lines} lines, the budget in rooms.toml is {rules['budget']}")
    return found


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    rooms = tomllib.loads((root / "rooms.toml").read_text())["room"]
    found = [f"src/{folder.name} is not in rooms.toml" for folder in (root / "src").iterdir() if folder.is_dir() and folder.name not in rooms]
    order = list(rooms)
    for room, rules in rooms.items():
        found += [f"rooms.toml: {room} sees {other}, which comes after it" for other in rules["sees"] if order.index(other) >= order.index(room)]
        found += breaches_of(room, rooms, root)
    print("\n".join(found) if found else f"{len(rooms)} rooms, every include as on the map")
    return 1 if found else 0


sys.exit(main())
