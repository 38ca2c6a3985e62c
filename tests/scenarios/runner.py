"""Runs one .case file: what a user would do with the command `mien`. The format is in README.md beside this file."""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]


def look_up(document: object, path: str) -> object:
    for step in path.split("."):
        if step == "length":
            document = len(document)  # type: ignore[arg-type]
        else:
            document = document[int(step)] if isinstance(document, list) else document[step]  # type: ignore[index]
    return document


def holds(found: object, sign: str, wanted: object) -> bool:
    compare = {"==": lambda: found == wanted, ">=": lambda: found >= wanted, "<=": lambda: found <= wanted, "!=": lambda: found != wanted}  # type: ignore[operator]
    return bool(compare[sign]())


class Case:
    def __init__(self, mien: str, folder: str) -> None:
        self.places = {"pictures": str(ROOT / "build/demo/pictures"), "odd": str(ROOT / "tests/fuzz/corpus/picture"), "tmp": folder}
        self.mien, self.folder, self.done, self.environment = str(pathlib.Path(mien).resolve()), folder, None, dict(os.environ)

    def step(self, verb: str, rest: str) -> None:
        rest = re.sub(r"\{(\w+)\}", lambda m: self.places[m.group(1)], rest)
        getattr(self, "do_" + verb.replace("-", "_"))(rest)

    def do_name(self, _: str) -> None:
        pass

    def do_env(self, rest: str) -> None:
        key, value = rest.split("=", 1)
        self.environment[key] = value

    def do_file(self, rest: str) -> None:
        path, _, content = rest.partition(" ")
        pathlib.Path(path).write_text(content.encode().decode("unicode_escape"))

    def do_run(self, rest: str) -> None:
        words = shlex.split(rest)
        assert words[0] == "mien", "a run line starts with mien"
        self.done = subprocess.run([self.mien, *words[1:]], capture_output=True, text=True, env=self.environment, cwd=self.folder, timeout=240, check=False)

    def do_shell(self, rest: str) -> None:
        path = f"{pathlib.Path(self.mien).parent}:{self.environment['PATH']}"
        self.done = subprocess.run(["bash", "-c", rest], capture_output=True, text=True, env=self.environment | {"PATH": path}, cwd=self.folder, timeout=240, check=False)

    def do_exit(self, rest: str) -> None:
        assert self.done.returncode == int(rest), f"exit {self.done.returncode} instead of {rest}\n{self.done.stdout}\n{self.done.stderr}"

    def do_stdout(self, rest: str) -> None:
        assert rest in self.done.stdout, f"standard output lacks {rest!r}:\n{self.done.stdout}"

    def do_stderr(self, rest: str) -> None:
        assert rest in self.done.stderr, f"standard error lacks {rest!r}:\n{self.done.stderr}"

    def do_json(self, rest: str) -> None:
        path, sign, wanted = rest.split(" ", 2)
        found = look_up(json.loads(self.done.stdout), path)
        assert holds(found, sign, json.loads(wanted)), f"{path} is {found!r}, not {sign} {wanted}"

    def do_exists(self, rest: str) -> None:
        assert pathlib.Path(rest).exists(), f"{rest} is not there"

    def do_absent(self, rest: str) -> None:
        assert not pathlib.Path(rest).exists(), f"{rest} should not be there"


def main(mien: str, file: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        case = Case(mien, folder)
        for number, line in enumerate(pathlib.Path(file).read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            verb, _, rest = line.strip().partition(" ")
            try:
                case.step(verb, rest.strip())
            except AssertionError as wrong:
                print(f"{file}:{number}: {line.strip()}\n  {wrong}")
                return 1
    return 0


sys.exit(main(*sys.argv[1:3]))
