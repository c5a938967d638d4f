"""Fuzzing of everything that a stranger may commit: no crash, no file that takes too long.

python tests/faults/fuzz.py                  ten minutes, every kind of file in turn
python tests/faults/fuzz.py schema           one kind: manifest, configuration, vocabulary, schema
python tests/faults/fuzz.py --seconds 20     a short run
python tests/faults/fuzz.py --seed 5         the same files again
python tests/faults/fuzz.py --guided schema  by atheris, where it is installed: mutations are led by
                                             the coverage they reach

Files are made from real ones by mutation: bytes flipped, cut, doubled and spliced, and values
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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from lukhas_notion.config.config import Flags, load  # noqa: E402 - the path comes first
from lukhas_notion.manifests.edits import replace_texts  # noqa: E402
from lukhas_notion.manifests.manifest import (  # noqa: E402
    Manifest,
    Violation,
    parse_file,
    read_manifest,
)
from lukhas_notion.util.errors import LukhasNotionError  # noqa: E402
from lukhas_notion.util.read_files import packaged_schema  # noqa: E402
from lukhas_notion.validate.gates import Gates, SchemaGate  # noqa: E402
from lukhas_notion.validate.select import select  # noqa: E402
from lukhas_notion.validate.vocabulary import Vocabulary  # noqa: E402

EXAMPLE = PROJECT / "examples" / "modules"
MANIFEST = "module.manifest.json"
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
ODD: list[Any] = [
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
TOML = [
    ".".join("a" * 60_000) + " = 1\n",
    "x = " + "[" * 3_000 + "\n",
    "x = 0x" + "f" * 9_000 + "\n",
    '[manifests]\ninclude = ["{a,b}/**", "./x//y", "**/a/**/b/**/c/**/d/**/e/*f*g*h*"]\n',
    '[manifests]\nexclude = ["!a", "..", "[", "{a", "' + "{a,b}" * 40 + '"]\n',
    '[properties.X]\ntype = "url"\nfrom = "/a/*/~b"\n',
    '[properties.Y]\ntype = "multi_select"\nfrom_all = ["/a", "/b"]\n',
    '[vocabularies]\n"Tags" = "../../etc/passwd"\n',
    '[schema]\npath = "/dev/zero"\n',
    '[run]\nledger = ".git/config"\nconcurrency = -1\n',
    "\ufeff",
    "\0",
]
PATTERNS = ["^(a|a)+$", "a{9999}", "(?:a{99}){99}", "\\p{L}+", "^(([a-z])+.)+[A-Z]([a-z])+$"]
NAMES = ["a", "b", "module", "$ref", "é", ""]
REFERENCES = ["#", *["#/$defs/a", "#/$defs/b"] * 40, "#a", "x.json", "https://example.org", "#/%ff"]
SLOW = 8.0
"""Seconds of processor time; the bounds are counted, and keep far below on any machine."""


def any_schema(chance: random.Random, depth: int) -> Any:
    """Return a schema in which every keyword may stand beside every other."""
    if depth == 0 or chance.random() < 0.1:
        return chance.choice([True, False, {}])

    def inner() -> Any:
        return any_schema(chance, depth - 1)

    def some(make: Callable[[], Any] = inner) -> list[Any]:
        return [make() for _ in range(chance.randrange(1, 4))]

    def named(make: Callable[[], Any] = inner, names: Sequence[str] = NAMES) -> dict[str, Any]:
        return {chance.choice(names): make() for _ in range(chance.randrange(1, 4))}

    def name() -> str:
        return chance.choice(NAMES)

    made: dict[str, Callable[[], Any]] = {
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), some),
        **dict.fromkeys(("properties", "dependentSchemas", "$defs", "definitions"), named),
        **dict.fromkeys(("not", "if", "then", "else", "items", "contains"), inner),
        **dict.fromkeys(("additionalProperties", "propertyNames"), inner),
        **dict.fromkeys(("unevaluatedProperties", "unevaluatedItems"), inner),
        **dict.fromkeys(("$ref", "$dynamicRef"), lambda: chance.choice(REFERENCES)),
        **dict.fromkeys(("$anchor", "$dynamicAnchor"), lambda: chance.choice("ab")),
        **dict.fromkeys(
            ("maxLength", "minItems", "maxProperties", "minContains"), lambda: chance.randrange(3)
        ),
        **dict.fromkeys(("minimum", "multipleOf"), lambda: chance.choice([1, 3, 0.1, 1e308])),
        "$id": lambda: chance.choice(["urn:a", "sub/", "b.json"]),
        "patternProperties": lambda: named(names=PATTERNS),
        "pattern": lambda: chance.choice(PATTERNS),
        "required": lambda: sorted({*some(name)}),
        "dependentRequired": lambda: named(lambda: sorted({*some(name)})),
        "enum": lambda: some(lambda: chance.choice(ODD)),
        "const": lambda: chance.choice(ODD),
        "uniqueItems": lambda: True,
        "type": lambda: chance.choice(["object", "array", "string", ["null", "integer"]]),
        "format": lambda: chance.choice(["email", "uri", "regex", "idn-hostname", "duration"]),
    }
    return {word: made[word]() for word in chance.sample(sorted(made), k=chance.randrange(1, 5))}


@dataclass
class Kind:
    """One kind of file that a stranger may commit.

    Args:
        seeds: files to begin from.
        hostile: what is put into them.
        whole: makes a file anew that is well-formed, now and then.
        attempt: reads the file in a folder and uses it; returns what broke, "" where nothing did.
    """

    seeds: list[bytes]
    hostile: Sequence[bytes]
    whole: Callable[[random.Random], bytes]
    attempt: Callable[[Path, bytes], str]

    def mutated(self, chance: random.Random) -> bytes:
        """Return a file that was a good one once."""
        if chance.random() < 0.5:
            return self.whole(chance)
        content = bytearray(chance.choice(self.seeds))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(content) + 1)
            kind = chance.randrange(5)
            if kind == 0 and content:
                content[at % len(content)] = chance.randrange(256)
            elif kind == 1:
                del content[at : at + chance.randrange(1, 200)]
            elif kind == 2:
                content[at:at] = chance.choice(self.hostile)
            elif kind == 3:
                content[at:at] = content[: chance.randrange(200)]
            else:
                other = chance.choice(self.seeds)
                content[at:] = other[chance.randrange(len(other)) :]
        return bytes(content)


class Kinds:
    """Every kind, and what they need to be tried."""

    @cached_property
    def gates(self) -> Gates:
        """The gates of the example."""
        return Gates.load(load(Flags(root=str(EXAMPLE)), {}))

    @cached_property
    def manifests(self) -> list[bytes]:
        """The example's manifests."""
        return [path.read_bytes() for path in sorted(EXAMPLE.rglob(MANIFEST))]

    @cached_property
    def all(self) -> dict[str, Kind]:
        """Each kind by its name."""
        vocabularies = [path.read_bytes() for path in sorted((EXAMPLE / "vocab").iterdir())]
        configuration = (EXAMPLE / "lukhas-notion.toml").read_bytes()
        tables = [text.encode() for text in TOML]
        return {
            "manifest": Kind(
                self.manifests,
                HOSTILE,
                lambda chance: in_values(chance, json.loads(chance.choice(self.manifests))),
                self.manifest,
            ),
            "configuration": Kind(
                [configuration, b"".join(tables[3:8])],
                tables,
                lambda chance: b"".join(chance.sample(tables, k=2)),
                self.configuration,
            ),
            "vocabulary": Kind(
                [*vocabularies, b'["a", {"name": "b", "synonyms": ["c"]}]'],
                HOSTILE,
                lambda chance: in_values(chance, json.loads(chance.choice(vocabularies))),
                self.vocabulary,
            ),
            "schema": Kind(
                [packaged_schema()],
                [*HOSTILE, *(json.dumps({"pattern": each}).encode() for each in PATTERNS)],
                lambda chance: json.dumps(
                    {
                        "$defs": {name: any_schema(chance, 4) for name in "ab"},
                        "allOf": [any_schema(chance, 3)],
                    }
                ).encode(),
                self.schema,
            ),
        }

    def manifest(self, folder: Path, content: bytes) -> str:
        """Read, check and fix a manifest."""
        (folder / MANIFEST).write_bytes(content)
        manifest = read_manifest(folder, MANIFEST)
        if isinstance(manifest, Violation):
            return ""
        _, found = self.gates.check(manifest)
        texts = {v.pointer: v.fix for v in found if v.fix}
        again = parse_file(MANIFEST, replace_texts([manifest.document], [texts])[0].encode())[0]
        if isinstance(again, Violation) or any(v.fix for v in self.gates.check(again)[1]):
            return "mending leaves what it should have mended"
        return ""

    def configuration(self, folder: Path, content: bytes) -> str:
        """Read a configuration and check a repository by it."""
        (folder / "lukhas-notion.toml").write_bytes(content)
        (folder / "a").mkdir(exist_ok=True)
        (folder / "a" / MANIFEST).write_bytes(self.manifests[0])
        try:
            config = load(Flags(root=str(folder)), {})
            select(config, Gates.load(config), required=False)
        except LukhasNotionError as error:
            return "" if error.message else "an error says nothing"
        return ""

    def vocabulary(self, folder: Path, content: bytes) -> str:
        """Read a vocabulary and look for names in it."""
        (folder / "vocab.json").write_bytes(content)
        try:
            vocabulary = Vocabulary.load("Tags", folder / "vocab.json", "vocab.json")
        except LukhasNotionError as error:
            return "" if "vocab.json" in error.message else "an error does not name the file"
        manifest = parse_file("m.json", b'{"tags": ["a"]}')[0]
        assert isinstance(manifest, Manifest)
        for name in (*vocabulary.names[:50], "scna a code", "", "x" * 3_000, "\u202e"):
            if not set(vocabulary.suggestions(name)) <= set(vocabulary.names):
                return "a name is proposed that is none"
            vocabulary.violation(manifest, "/tags/0", name)
        return ""

    def schema(self, folder: Path, content: bytes) -> str:
        """Read a schema and check manifests against it."""
        (folder / "schema.json").write_bytes(content)
        try:
            gate = SchemaGate.load(folder / "schema.json", root=folder)
        except LukhasNotionError as error:
            return "" if "schema.json" in error.message else "an error does not name the file"
        for content_of_one in (*self.manifests[:3], b'{"a": {"a": [[1, 1]], "b": "aaaaaaaa!"}}'):
            manifest = parse_file(MANIFEST, content_of_one)[0]
            assert isinstance(manifest, Manifest)
            gate.check(manifest)
        return ""


def in_values(chance: random.Random, document: Any) -> bytes:
    """Return a document in which some values are of another kind."""
    keys = sorted(document) if isinstance(document, dict) else range(len(document))
    for key in chance.sample(list(keys), k=min(3, len(keys))):
        document[key] = chance.choice(ODD)
    return json.dumps(document).encode()


def attempt(kind: Kind, folder: Path, content: bytes) -> tuple[float, str]:
    """Try one file; return the processor time that it took and what broke."""
    begun = time.process_time()
    try:
        failure = kind.attempt(folder, content)
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"
    return time.process_time() - begun, failure


def failures(name: str, kind: Kind, seed: int, files: int, folder: Path) -> list[str]:
    """Try so many files of one kind; return what broke, each with what makes it again."""
    chance, broken = random.Random(f"{name} {seed}"), list[str]()
    for number in range(files):
        content = kind.mutated(chance)
        _, failure = attempt(kind, folder, content)
        if failure:
            broken.append(f"{name} {number} of seed {seed}: {failure}: {content[:200]!r}")
    return broken


def main() -> int:
    """Run until the time is up; return 1 when something broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = Kinds().all
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(kinds)}")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guided", action="store_true", help="let atheris lead (pip install it)")
    args = parser.parse_args()
    if unknown := set(args.kinds) - set(kinds):
        parser.error(f"no kind is called {', '.join(sorted(unknown))}")
    chosen = {name: kinds[name] for name in args.kinds or kinds}
    if args.guided:
        return guided(next(iter(chosen.values())), args.seconds, args.seed)
    chance = random.Random(args.seed)
    kept = Path(tempfile.mkdtemp(prefix="lukhas-notion-fuzz-"))
    end, count, slowest, broken = time.monotonic() + args.seconds, 0, 0.0, 0
    while time.monotonic() < end:
        name, kind = list(chosen.items())[count % len(chosen)]
        content = kind.mutated(chance)
        took, failure = attempt(kind, kept, content)
        count += 1
        slowest = max(slowest, took)
        if failure or took > SLOW:
            broken += 1
            (kept / f"broken-{name}-{count}").write_bytes(content)
            print(f"{name} {count}: {failure or f'{took:.1f} s'}")
    print(f"{count:,} files, {broken} broken, slowest {slowest:.2f} s")
    if broken:
        print(f"kept in {kept}")
    else:
        shutil.rmtree(kept)
    return 1 if broken else 0


def guided(kind: Kind, seconds: float, seed: int) -> int:
    """Let atheris look for files that break something; it ends the process when one does."""
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here: pip install atheris, or leave --guided out")
        return 2
    ours = [module for name, module in sys.modules.items() if name.startswith("lukhas_notion.")]
    for module in ours:
        for value in vars(module).values():
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                atheris.instrument_func(value)
    folder = Path(tempfile.mkdtemp(prefix="lukhas-notion-fuzz-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, content in enumerate(kind.seeds):
        (corpus / str(number)).write_bytes(content)

    def one(content: bytes) -> None:
        took, failure = attempt(kind, folder, content)
        if failure or took > SLOW:
            raise RuntimeError(failure or f"{took:.1f} s")

    words = [f"-max_total_time={seconds:.0f}", f"-seed={seed + 1}", "-max_len=65536"]
    atheris.Setup([sys.argv[0], *words, f"-artifact_prefix={folder}/", str(corpus)], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
