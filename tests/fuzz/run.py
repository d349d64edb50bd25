"""Coverage-guided fuzzing of everything that reads traces from elsewhere.

    python tests/fuzz/run.py [--seconds N] [--target NAME]...

Needs nothing but the project: atheris is installed into a virtual environment of its own in the
cache. Each target gets its share of the seconds, begins with the fixtures as its corpus, and may
answer with what it reads or with one of our own errors; anything else, a hang or 2 GiB of memory
is a crash, and its input is kept. Exits with 1 if there was one.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from seeds import corpus

ROOT = Path(__file__).resolve().parents[2]
ATHERIS = "atheris>=2.3"
TARGETS = ("json", "protobuf", "jaeger", "file", "recording")


def cache() -> Path:
    named = os.environ.get("AGENTLOUPE_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "agentloupe"


def interpreter() -> Path:
    """One with atheris and, by a path file, with what this interpreter has."""
    name = f"fuzz-py{sys.version_info.major}.{sys.version_info.minor}"
    folder = cache() / name
    python = folder / "bin" / "python"
    if not (folder / ".complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", ATHERIS]
        subprocess.run(pip, check=True)
        (folder / ".complete").touch()
    return python


def fuzz(target: str, seconds: int, python: Path, folder: Path) -> bool:
    """One target; whether it stood it."""
    artefacts = folder / f"{target}-crash-"
    command = [
        str(python),
        str(Path(__file__).with_name("targets.py")),
        target,
        f"-max_total_time={seconds}",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-max_len=65536",
        "-print_final_stats=1",
        f"-artifact_prefix={artefacts}",
        str(corpus(target, folder)),
    ]
    packages = [str(ROOT / ".typing"), *sys.path]  # links to the packages: no install is needed
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, packages))}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    said = done.stderr
    count = re.search(r"number_of_executed_units:\s*(\d+)", said)
    edges = re.findall(r"cov: (\d+)", said)
    print(
        f"{target:10} {'ok' if done.returncode == 0 else 'CRASH':6}"
        f"{int(count[1]) if count else 0:>10,} inputs, {edges[-1] if edges else '?'} edges",
        flush=True,
    )
    if done.returncode == 0 and count and int(count[1]) > 0:
        return True
    kept = Path(tempfile.mkdtemp(prefix=f"agentloupe-fuzz-{target}-"))
    for path in folder.glob(f"{target}-crash-*"):
        shutil.copy(path, kept)
    # libFuzzer speaks on one stream and atheris, with the traceback, on the other
    print(f"{said[-2000:]}\n{done.stdout[-4000:]}\nthe input is kept in {kept}")
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description="fuzz what reads traces from elsewhere")
    parser.add_argument("--seconds", type=int, default=600, help="in all; default: ten minutes")
    parser.add_argument("--target", choices=TARGETS, action="append")
    chosen = parser.parse_args()
    targets = chosen.target or list(TARGETS)
    share = max(2, chosen.seconds // len(targets))
    with tempfile.TemporaryDirectory(prefix="agentloupe-fuzz-") as name:
        python = interpreter()
        stood = [fuzz(target, share, python, Path(name)) for target in targets]
    return 0 if all(stood) else 1


if __name__ == "__main__":
    raise SystemExit(main())
