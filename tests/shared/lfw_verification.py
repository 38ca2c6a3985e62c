"""Runs `mien eval face-verification` on the 1:1 set in the shared folder and holds it to what dlib's own Python way reached there.

Skipped (77) where the shared folder is not.   lfw_verification.py MIEN SHARED
"""
import json
import pathlib
import subprocess
import sys

# The reference: dlib 20 in Python on the same pictures with YuNet boxes, to the digits it was stated in.
FLOORS = {"accuracy": 0.9811}
CEILINGS = {"eer": 0.01865, "fnmr_at_fmr_1e-2": 0.024, "fnmr_at_fmr_1e-3": 0.104, "failure_to_acquire": 0.001}


def main(mien: str, shared: str) -> int:
    pairs = pathlib.Path(shared) / "data/lfw-dev/pairs.csv"
    if not pairs.exists():
        print(f"skipped: {pairs} is not here; it holds the research pictures that this test measures on")
        return 77
    done = subprocess.run([mien, "eval", "face-verification", "--pairs", str(pairs), "--json"], capture_output=True, check=True)
    metrics = {name: metric["value"] for name, metric in json.loads(done.stdout)["metrics"].items()}
    print(json.dumps(metrics, indent=1))
    wrong = [f"{name} is {metrics[name]}, must be at least {least}" for name, least in FLOORS.items() if metrics[name] < least]
    wrong += [f"{name} is {metrics[name]}, must be at most {most}" for name, most in CEILINGS.items() if metrics[name] > most]
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:3]))
