"""Fuzzing of the manifest reader, the gates and ``--fix``: no crash, no file over a second.

python tests/faults/fuzz.py                  ten minutes
python tests/faults/fuzz.py --seconds 20     a short run
python tests/faults/fuzz.py --seed 5         the same files again
python tests/faults/fuzz.py --guided         by atheris, where it is installed: mutations are led
                                             by the coverage they reach

Files are made from real manifests by mutation: bytes flipped, cut, doubled and spliced, and values
replaced by hostile ones. What breaks is kept in the folder that is named at the end.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from types import FunctionType

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from lukhas_notion.config import Flags, load  # noqa: E402 - the path comes first
from lukhas_notion.jsonedit import edited  # noqa: E402
from lukhas_notion.manifest import parse_manifest, read_manifest  # noqa: E402
from lukhas_notion.selection import Gates  # noqa: E402
from lukhas_notion.violation import Violation  # noqa: E402

SEEDS = sorted((PROJECT / "examples" / "modules").rglob("module.manifest.json"))
HOSTILE = (
    b"[" * 5_000,
    b'{"a":' * 3_000,
    b"1" * 10_000,
    b'"\\ud800"',
    b"NaN",
    b"-0.0e999",
    b'"' + b"\\u0000" * 200 + b'"',
    "\u202e\u200b".encode(),
    b"\xff\xfe",
    b'{"module":"x","module":"y"}',
    b"[" + b'"t",' * 20_000 + b'"t"]',
)
SECONDS_A_FILE = 1.5  # one second is the gates' own limit; the rest is reading and the machine


def main() -> int:
    """Run until the time is up; return 1 when something broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guided", action="store_true", help="let atheris lead (pip install it)")
    args = parser.parse_args()
    if args.guided:
        return guided(args.seconds, args.seed)
    chance = random.Random(args.seed)
    root = PROJECT / "examples" / "modules"
    gates = Gates.load(load(Flags(root=str(root)), {}))
    kept = Path(tempfile.mkdtemp(prefix="lukhas-notion-fuzz-"))
    seeds = [path.read_bytes() for path in SEEDS]
    end, count, slowest, broken = time.monotonic() + args.seconds, 0, 0.0, 0
    while time.monotonic() < end:
        content = mutated(chance, seeds)
        took, failure = attempt(gates, kept, content)
        count += 1
        slowest = max(slowest, took)
        if failure or took > SECONDS_A_FILE:
            broken += 1
            (kept / f"broken-{count}.json").write_bytes(content)
            print(f"file {count}: {failure or f'{took:.1f} s'}")
    print(f"{count:,} files, {broken} broken, slowest {slowest:.2f} s")
    if broken:
        print(f"kept in {kept}")
    else:
        shutil.rmtree(kept)
    return 1 if broken else 0


def guided(seconds: float, seed: int) -> int:
    """Let atheris look for files that break something; it ends the process when one does."""
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here: pip install atheris, or leave --guided out")
        return 2
    from lukhas_notion import jsonedit, jsonplaces, jsontext, manifest, mapping, names
    from lukhas_notion.gates import schema, vocabulary

    for module in (jsonedit, jsonplaces, jsontext, manifest, mapping, names, schema, vocabulary):
        for value in vars(module).values():
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                atheris.instrument_func(value)
    root = PROJECT / "examples" / "modules"
    gates = Gates.load(load(Flags(root=str(root)), {}))
    folder = Path(tempfile.mkdtemp(prefix="lukhas-notion-fuzz-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, path in enumerate(SEEDS):
        (corpus / str(number)).write_bytes(path.read_bytes())

    def one(content: bytes) -> None:
        took, failure = attempt(gates, folder, content)
        if failure or took > SECONDS_A_FILE:
            raise RuntimeError(failure or f"{took:.1f} s")

    words = [f"-max_total_time={seconds:.0f}", f"-seed={seed + 1}", "-max_len=65536"]
    atheris.Setup([sys.argv[0], *words, f"-artifact_prefix={folder}/", str(corpus)], one)
    atheris.Fuzz()
    return 0


def attempt(gates: Gates, folder: Path, content: bytes) -> tuple[float, str]:
    """Read, check and mend one file; return how long it took and what broke."""
    name = "module.manifest.json"
    (folder / name).write_bytes(content)
    begun = time.monotonic()
    try:
        manifest = read_manifest(folder, name)
        if not isinstance(manifest, Violation):
            _, found = gates.check(manifest)
            texts = {v.pointer: v.fix for v in found if v.fix}
            again = parse_manifest(name, edited(manifest.text, manifest.value, texts)[0].encode())
            if isinstance(again, Violation) or any(v.fix for v in gates.violations(again)):
                return time.monotonic() - begun, "mending leaves what it should have mended"
    except Exception as error:
        return time.monotonic() - begun, f"{type(error).__name__}: {error}"
    return time.monotonic() - begun, ""


def mutated(chance: random.Random, seeds: list[bytes]) -> bytes:
    """Return a file that was a manifest once."""
    if chance.random() < 0.3:
        return in_values(chance, json.loads(chance.choice(seeds)))
    content = bytearray(chance.choice(seeds))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(content) + 1)
        kind = chance.randrange(5)
        if kind == 0 and content:
            content[at % len(content)] = chance.randrange(256)
        elif kind == 1:
            del content[at : at + chance.randrange(1, 200)]
        elif kind == 2:
            content[at:at] = chance.choice(HOSTILE)
        elif kind == 3:
            content[at:at] = content[: chance.randrange(200)]
        else:
            other = chance.choice(seeds)
            content[at:] = other[chance.randrange(len(other)) :]
    return bytes(content)


def in_values(chance: random.Random, manifest: dict[str, object]) -> bytes:
    """Return a manifest in which some values are of another kind."""
    odd: list[object] = [
        None,
        [],
        {},
        "",
        "x" * 3_000,
        2**53,
        1e308,
        True,
        ["a,b"],
        [[[]]],
        "\u202e",
        ["scan a code", "trip.end", "TRIP.START", "\u202e", "lock up", "scan a code"],
    ]
    for name in chance.sample(sorted(manifest), k=min(3, len(manifest))):
        manifest[name] = chance.choice(odd)
    return json.dumps(manifest).encode()


if __name__ == "__main__":
    sys.exit(main())
