"""The gate held to the official JSON Schema Test Suite, where there is a copy of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lukhas_notion.manifests.document import documents_of
from lukhas_notion.manifests.manifest import Manifest
from lukhas_notion.manifests.source_text import JSON
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.validate.gates import SchemaGate

PROJECT = Path(__file__).resolve().parents[3]
#: A checkout of github.com/json-schema-org/JSON-Schema-Test-Suite.
SUITE = Path(
    os.environ.get("JSON_SCHEMA_TEST_SUITE") or PROJECT.parent / "shared" / "JSON-Schema-Test-Suite"
)
SERVER = "http://localhost:1234/"
DRAFTS = {
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft4": "http://json-schema.org/draft-04/schema#",
}
#: Files that ask for what this gate does otherwise, and why.
OTHERWISE = {
    "format.json": "formats are asserted, not annotated",
    "vocabulary.json": "a meta-schema of one's own is refused",
    "optional/bignum.json": "integers that not every JSON reader holds are refused",
    "optional/content.json": "content is an annotation",
    "optional/cross-draft.json": "one draft holds for all documents",
    "optional/dependencies-compatibility.json": "`dependencies` was replaced in 2019-09",
    "optional/ecmascript-regex.json": "patterns are those of the regex library",
    "optional/format-assertion.json": "a meta-schema of one's own is refused",
    "optional/format/ecmascript-regex.json": "patterns are those of the regex library",
    "optional/non-bmp-regex.json": "patterns are those of the regex library",
}
#: Groups of tests, and single ones, likewise.
DETAILS = {
    "float and integers are equal up to 64-bit representation limits": "as bignum.json",
    "Location-independent identifier in remote ref": "another draft's $id as an anchor",
    "hostname with consecutive hyphens (RFC1123)": "refused, as from draft 7 on",
    "Bidi domain name with a digit-first label is invalid": "the idna library allows it",
    "an IPv6 host whose embedded IPv4 has a leading zero is invalid": "rfc3986-validator",
    "a leading zero in the IPv4 part of an IPv6 literal": "rfc3986-validator",
    "leading zero in an embedded IPv4 address is invalid": "rfc3986-validator",
    "an IPvFuture host with an uppercase version letter is valid": "rfc3986-validator",
}

pytestmark = pytest.mark.skipif(
    not (SUITE / "tests" / "draft2020-12").is_dir(),
    reason="no copy of the JSON Schema Test Suite: name one in JSON_SCHEMA_TEST_SUITE",
)


def groups(draft: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every group of tests of a draft, with its file's name."""
    folder = SUITE / "tests" / draft
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).as_posix()
        if name not in OTHERWISE:
            for group in json.loads(path.read_text(encoding="utf-8")):
                yield name, group


def failures(draft: str, root: Path) -> Iterator[str]:
    """Yield every test with another verdict."""
    here = f"{(root / 'remotes').as_uri()}/"
    for path in (SUITE / "remotes").rglob("*.json"):
        copy = root / "remotes" / path.relative_to(SUITE / "remotes")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8").replace(SERVER, here), encoding="utf-8")
    for name, group in groups(draft):
        schema = group["schema"]
        if isinstance(schema, dict):
            schema = {"$schema": DRAFTS[draft], **schema}
        text = json.dumps(schema).replace(SERVER, here)
        (root / "schema.json").write_text(text, encoding="utf-8")
        try:
            gate = SchemaGate.load(root / "schema.json", root=root)
        except ConfigError as error:
            yield f"{name}: {group['description']}: {error.message}"
            continue
        for test in group["tests"]:
            document = documents_of(json.dumps(test["data"]), JSON)[0]
            found = gate.check(Manifest("m.json", test["data"], document))
            if bool(found) is test["valid"] and test["description"] not in DETAILS:
                yield f"{name}: {group['description']}: {test['description']}"


@pytest.mark.parametrize("draft", DRAFTS)
def test_the_suite_agrees(draft: str, tmp_path: Path) -> None:
    """Every test of the suite has its verdict here, except those that are named above."""
    found = [each for each in failures(draft, tmp_path) if each.split(": ")[1] not in DETAILS]

    assert found == []
