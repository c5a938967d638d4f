"""Remedies for manifests: their text, the schema and the vocabularies."""

from __future__ import annotations

import json

from support.remedies.rows import Row, file, in_manifest, in_schema, in_text, toml

#: Each of its definitions refers to the next one twice.
DOUBLING = {
    "$ref": "#/$defs/d0",
    "$defs": {
        **{f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)},
        "d40": {},
    },
}
GOOD = '{"module": "alpha", "features": []}'

ROWS = [
    Row(
        "a synonym",
        lambda p: p.edit("alpha", features=["find"]),
        "validate --all",
        "Use {}.",
        lambda p, found: p.edit("alpha", features=[found[1]]),
        find='Use "(\\w+)"',
    ),
    Row(
        "an unknown name",
        lambda p: p.edit("alpha", tags=["something else"]),
        "validate --all",
        "Use a name of {}, or add {} to that file",
        lambda p, _: file(
            p, "vocab/tags.json", json.dumps({"allowed": ["tier:1", "something else"]})
        ),
        find="Use a name of \\S+, or add .* to that file",
    ),
    Row(
        "a comma too much",
        lambda p: p.write("alpha", '{"module": "alpha", "features": ["search"],}'),
        "validate --all",
        "Delete the comma",
        lambda p, _: p.write("alpha", '{"module": "alpha", "features": ["search"]}'),
    ),
    Row(
        "a key twice",
        lambda p: p.write("alpha", '{"module": "alpha", "features": [], "features": []}'),
        "validate --all",
        "Delete one of the two",
        lambda p, _: p.write("alpha", '{"module": "alpha", "features": []}'),
    ),
    Row(
        "an empty file",
        lambda p: p.write("alpha", ""),
        "validate --all",
        "Write a JSON object into it, or delete it",
        lambda p, _: p.manifest("alpha").unlink(),
    ),
    Row(
        "a manifest that is a list",
        lambda p: p.write("alpha", '["alpha"]'),
        "validate --all",
        "Write {…} around it",
        lambda p, _: p.write("alpha", '{"module": "alpha", "features": []}'),
    ),
    Row(
        "one module twice",
        lambda p: p.write("alpha2", {"module": "alpha", "features": []}),
        "validate --all",
        "A module has one manifest: rename all but one, or exclude them.",
        lambda p, _: p.edit("alpha2", module="alpha2"),
    ),
    Row(
        "a module that is misspelled",
        lambda p: None,
        "sync --module alhpa",
        "Did you mean {}?",
        lambda p, found: p.environ.update(MODULE=found[1]),
        find="Did you mean '(\\w+)'\\?",
    ),
    Row(
        "no manifest",
        lambda p: toml(p, '[manifests]\ninclude = ["**/module.json"]\n'),
        "validate --all",
        "[manifests] include and exclude in lukhas-notion.toml",
        lambda p, _: toml(p, '[manifests]\ninclude = ["**/module.manifest.json"]\n'),
        find="\\[manifests\\] include and exclude in lukhas-notion.toml",
    ),
    # --- the text of a manifest -----------------------------------------------------------------
    in_manifest("a comment", '{"module": "a", "features": []} // x', "Delete the comment.", GOOD),
    in_manifest("single quotes", "{'module': 'a'}", 'Use double quotes: "…".', GOOD),
    in_manifest("a text that ends", '{"module": "a", ', "Write the rest of it.", GOOD),
    in_manifest(
        "too deep a list", f'{{"module": "a", "x": {"[" * 300}{"]" * 300}}}', "Flatten it.", GOOD
    ),
    in_manifest(
        "a manifest of two MiB",
        f'{{"module": "a", "x": "{"y" * 2**21}"}}',
        "Make it smaller, or exclude it.",
        GOOD,
    ),
    in_manifest(
        "a byte order mark",
        b"\xef\xbb\xbf" + GOOD.encode(),
        "Save the file as UTF-8 without a byte order mark.",
        GOOD,
    ),
    in_manifest("another encoding", GOOD.encode("utf-16"), "Save the file as UTF-8", GOOD),
    in_manifest("half a letter", b'{"module": "\xe4"}', "Save the file as UTF-8.", GOOD),
    in_manifest(
        "a number that no double holds",
        '{"module": "a", "x": 1e999}',
        "Write a number that a double holds, or write it as text.",
        '{"module": "a", "x": "1e999"}',
    ),
    in_manifest(
        "half an escape",
        r'{"module": "a", "x": "\ud83d"}',
        "Write the character itself, or both halves of its escape.",
        r'{"module": "a", "x": "\ud83d\ude00"}',
    ),
    in_manifest(
        "a pointer of LFS",
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "Check out with `lfs: true` (actions/checkout), or run `git lfs pull`.",
        GOOD,
    ),
    in_manifest("a pointer of git-annex", "../.git/annex/objects/x", "Run `git annex get`.", GOOD),
    in_manifest(
        "a conflict",
        "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> b\n",
        "Resolve the conflict, and commit the result.",
        GOOD,
    ),
    in_manifest("YAML", "module: a\n", "Write it as JSON, or exclude it.", GOOD),
    Row(
        "a template",
        lambda p: p.write("alpha", '{"module": {{ name }}}'),
        "validate --all",
        "Take it out of the search: [manifests] exclude in lukhas-notion.toml.",
        lambda p, _: toml(p, '[manifests]\nexclude = ["alpha/"]\n'),
    ),
    Row(
        "no name",
        lambda p: p.edit("alpha", module="  "),
        "validate --all",
        "Give the manifest a module name.",
        lambda p, _: p.edit("alpha", module="alpha"),
    ),
    Row(
        "a name with a letter that nobody sees",
        lambda p: p.edit("alpha", module="al\u200bpha"),
        "validate --all",
        "Write the name without it.",
        lambda p, _: p.edit("alpha", module="alpha"),
    ),
    Row(
        "no key",
        lambda p: (
            toml(p, '[mapping]\nkey = ["/id"]\n')
            or [p.edit(name, id=name) for name in ("beta", "gamma")]
        ),
        "validate --all",
        "Give it a text or a number at {}: [mapping] key names it.",
        lambda p, found: p.edit("alpha", **{found[1].strip("/"): 7}),
    ),
    Row(
        "one key twice",
        lambda p: [
            toml(p, '[mapping]\nkey = ["/id"]\n'),
            *(
                p.edit(name, id=number)
                for name, number in (("alpha", 1), ("beta", 1), ("gamma", 2))
            ),
        ],
        "validate --all",
        "A module has a key of its own, which [mapping] key names: change all but one.",
        lambda p, _: p.edit("beta", id=7),
    ),
    Row(
        "a page that is too heavy",
        lambda p: (
            toml(
                p,
                "".join(
                    f'[properties.T{n}]\ntype = "rich_text"\nfrom = "/long"\n' for n in range(3)
                ),
            )
            or p.edit("alpha", long="y" * 190_000)
        ),
        "validate --all",
        "Shorten the texts, or map fewer of them.",
        lambda p, _: p.edit("alpha", long="y"),
    ),
    # --- what a schema does not allow -----------------------------------------------------------
    in_schema("a member that is missing", {"required": ["y"]}, {}, "Add it.", {"y": 1}),
    in_schema(
        "a member that is not allowed here",
        {"properties": {"y": False}},
        {"y": 1},
        "Remove it.",
        {},
    ),
    in_schema(
        "a member that is misspelled",
        {"additionalProperties": False},
        {"y": 1},
        "Remove it, or correct its spelling.",
        {},
    ),
    in_schema("an item twice", {"uniqueItems": True}, [1, 1], "Keep one of the two.", [1]),
    in_schema(
        "a date that is none", {"format": "date"}, "today", "Write it like {}.", "2026-01-31"
    ),
    in_schema(
        "a choice that is misspelled",
        {"enum": ["small", "large"]},
        "smal",
        "Did you mean {}?",
        "small",
    ),
    in_schema(
        "a choice that looks the same",
        {"enum": ["small", "large"]},
        "smal\u200bl",
        "The two look the same: the first has {} where the second has {}.",
        "small",
    ),
    in_schema(
        "a value that fits both",
        {"oneOf": [{"type": "number"}, {"type": "integer"}]},
        7,
        "Correct the schema, or write a value that fits one of them only.",
        3.5,
    ),
    Row(
        "a schema that allows nothing",
        lambda p: file(p, "schemas/module.manifest.schema.json", "false"),
        "validate --all",
        "Change the schema.",
        lambda p, _: file(p, "schemas/module.manifest.schema.json", "true"),
    ),
    Row(
        "a member that the schema forbids and a property reads",
        lambda p: file(
            p, "schemas/module.manifest.schema.json", '{"properties": {"description": false}}'
        ),
        "validate --all",
        "Allow it in the schema, because a property is read from it.",
        lambda p, _: file(p, "schemas/module.manifest.schema.json", "{}"),
    ),
    Row(
        "a schema that goes round",
        lambda p: file(
            p,
            "schemas/module.manifest.schema.json",
            '{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}',
        ),
        "validate --all",
        "Look for a $ref that leads back to itself.",
        lambda p, _: file(p, "schemas/module.manifest.schema.json", '{"$defs": {"a": {}}}'),
    ),
    in_text(
        "a draft that nobody knows",
        "schemas/module.manifest.schema.json",
        '{"$schema": "https://json-schema.org/draft-99"}',
        "Name one of: {}.",
        '{"$schema": "https://json-schema.org/draft/2020-12/schema"}',
    ),
    in_text(
        "a schema of the network",
        "schemas/module.manifest.schema.json",
        '{"$ref": "https://example.org/s.json"}',
        "Put the schema into the repository, and refer to it by a relative path.",
        '{"$ref": "../vocab/features.json"}',
    ),
    # --- vocabularies ---------------------------------------------------------------------------
    in_text(
        "a name of a vocabulary that is none",
        "vocab/tags.json",
        '["tier:1", "a,b"]',
        "Choose another name.",
        '["tier:1", "a and b"]',
    ),
    in_text(
        "a name of a vocabulary twice",
        "vocab/tags.json",
        '["tier:1", "Tier:1"]',
        "Keep one of the two.",
        '["tier:1"]',
    ),
    Row(
        "a name that is near to several",
        lambda p: (
            file(p, "vocab/tags.json", '["tier:1", "tier:3"]') or p.edit("alpha", tags=["tier:2"])
        ),
        "validate --all",
        "Use {}, or add {} to {}.",
        lambda p, _: p.edit("alpha", tags=["tier:1"]),
    ),
    in_text(
        "a vocabulary of a hundred thousand names",
        "vocab/tags.json",
        json.dumps([f"tier:{number}" for number in range(100_001)]),
        "Notion shows no such list: take out what no manifest uses.",
        '["tier:1"]',
    ),
    Row(
        "two vocabularies of a hundred thousand names",
        lambda p: (
            file(p, "vocab/all.json", json.dumps([f"t:{number}" for number in range(60_000)])),
            toml(p, '[vocabularies]\nTags = "vocab/all.json"\nFeatures = "vocab/all.json"\n'),
        ),
        "validate --all",
        "Take out what no manifest uses, or let fewer properties share a vocabulary.",
        lambda p, _: (toml(p, ""), p.run("validate", "--all")),
    ),
    Row(
        "a schema that takes too long",
        lambda p: (
            file(p, "schemas/module.manifest.schema.json", json.dumps(DOUBLING)),
            p.edit("alpha", x={"a": {"a": {"a": {}}}}),
        ),
        "validate --all",
        "Make the manifest smaller, or the schema's patterns and choices simpler.",
        lambda p, _: file(p, "schemas/module.manifest.schema.json", "{}"),
    ),
    Row(
        "a body that is too long",
        lambda p: (
            toml(p, '[page.body]\nfile = "README.md"\n'),
            file(p, "alpha/README.md", "word " * 200_000),
        ),
        "validate --all",
        "Shorten it, or name another source under [page] in lukhas-notion.toml.",
        lambda p, _: file(p, "alpha/README.md", "word"),
    ),
    Row(
        "one module twice, told apart by its folder",
        lambda p: p.write("alpha2", {"module": "alpha", "features": []}),
        "validate --all",
        'Or tell them apart by where they are: write from = "{}" under [properties.{}] in {}.',
        lambda p, found: toml(p, f'[properties.{found[2]}]\nfrom = "{found[1]}"\n'),
    ),
    Row(
        "one key twice, told apart by its folder",
        lambda p: [
            toml(p, '[mapping]\nkey = ["/id"]\n'),
            *(p.edit(name, id=1) for name in ("alpha", "beta", "gamma")),
        ],
        "validate --all",
        'Or tell them apart by where they are: write key = "{}" under [mapping] in {}.',
        lambda p, found: toml(p, f'[mapping]\nkey = "{found[1]}"\n'),
    ),
]
