"""Remedies for manifests: their text, the schema and the vocabularies."""

from __future__ import annotations

import json
from collections.abc import Callable

from support.remedies.rows import Row, file, in_manifest, in_schema, in_text, toml
from support.workplace import Workplace

#: Each of its definitions refers to the next one twice.
DOUBLING = {
    "$ref": "#/$defs/d0",
    "$defs": {
        **{f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)},
        "d40": {},
    },
}
GOOD = '{"module": "alpha", "features": []}'
YAML = "module: alpha\nfeatures: []\n"
#: Ten aliases of ten aliases, and so on: more values than a text may stand for.
BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


def several(place: Workplace, entries: object, name: str = "several.json") -> None:
    """Write a file of several manifests, and nothing else is a manifest."""
    toml(place, '[manifests]\ninclude = ["several*"]\nitems = "/modules/*"\n')
    for old in place.root.glob("several*"):
        old.unlink()
    file(place, name, json.dumps({"modules": entries}))


def in_several(name: str, before: object, advice: str) -> Row:
    """Return a row for the manifests of one file, which are then two good ones."""
    good = [{"module": "a", "features": []}, {"module": "b", "features": []}]
    return Row(
        name,
        lambda p: several(p, before),
        "validate --all",
        advice,
        lambda p, _: several(p, good),
    )


def items(path: str) -> Callable[[Workplace], None]:
    """Return what writes a file of modules, and has its manifests looked for at a pointer."""

    def write(place: Workplace) -> None:
        several(place, [json.loads(GOOD)])
        toml(place, f'[manifests]\ninclude = ["several*"]\nitems = "{path}"\n')

    return write


def in_yaml(name: str, before: str, advice: str, after: str = YAML) -> Row:
    """Return a row for the text of a manifest in YAML."""

    def broken(place: Workplace) -> None:
        toml(place, '[manifests]\ninclude = ["m.yaml"]\n')
        file(place, "m.yaml", before)

    return Row(name, broken, "validate --all", advice, lambda p, _: file(p, "m.yaml", after))


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
        "Write a {} object into it, or delete it.",
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
        "Each module has one manifest: rename all but one, or exclude the others with `exclude` or "
        "`where` under [manifests].",
        lambda p, _: p.edit("alpha2", module="alpha2"),
    ),
    Row(
        "one module twice, of two kinds",
        lambda p: (
            p.edit("alpha", kind="Component") or p.write("api", {"module": "alpha", "kind": "API"})
        ),
        "validate --all",
        "or exclude the others with `exclude` or `where` under [manifests].",
        lambda p, _: toml(p, '[manifests]\nwhere = { "/kind" = "Component" }\n'),
    ),
    Row(
        "a kind that no manifest has",
        lambda p: toml(p, '[manifests]\nwhere = { "/kind" = "Component" }\n'),
        "validate --all",
        "Correct it in lukhas-notion.toml, or remove it.",
        lambda p, _: toml(p, ""),
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
    Row(
        "no manifest of the default name, and no configuration",
        lambda p: [
            path.rename(path.with_name("module.json"))
            for path in sorted(p.root.rglob("module.manifest.json"))
        ],
        "validate --all",
        "For manifests of other names, write one with their pattern under [manifests] as include",
        lambda p, _: toml(p, '[manifests]\ninclude = ["**/module.json"]\n'),
    ),
    # --- the text of a manifest -----------------------------------------------------------------
    in_manifest("a comment", '{"module": "a", "features": []} // x', "Delete the comment.", GOOD),
    in_manifest("single quotes", "{'module': 'a'}", 'Use double quotes: "…".', GOOD),
    in_manifest("a JSON value that is missing", '{"module": }', "Write a JSON value.", GOOD),
    in_manifest("a key without quotes", '{module: "a"}', 'Write "key": value.', GOOD),
    in_manifest("a missing comma", '{"module": "a" "features": []}', "Add it.", GOOD),
    in_manifest("text after the end", f"{GOOD} x", "Delete it.", GOOD),
    in_manifest("an open quotation", '{"module": "a', "Add a double quote.", GOOD),
    in_manifest("a line break in a text", '{"module": "a\nb"}', "Write \\n or \\t.", GOOD),
    in_manifest("a backslash in JSON", '{"module": "\\q"}', "Write the backslash as \\\\.", GOOD),
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
    in_manifest(
        "YAML",
        "module: a\n",
        "Name the file .yaml or .yml, write it as JSON, or exclude it.",
        GOOD,
    ),
    in_manifest("HTML", "<!DOCTYPE html>\n", "Write it as JSON or YAML, or exclude it.", GOOD),
    # --- YAML -----------------------------------------------------------------------------------
    in_yaml(
        "YAML of another version",
        f"%YAML 1.1\n---\n{YAML}",
        "Remove the line, and check that nothing in the file changes its meaning.",
        f"---\n{YAML}",
    ),
    in_yaml(
        "a colon too many",
        f"{YAML}x: a: b\n",
        'Put the value in quotes: key: "a: b".',
        f'{YAML}x: "a: b"\n',
    ),
    in_yaml(
        "a key without its colon",
        f"{YAML}x: y\n z\nw\n",
        "Write key: value.",
        f"{YAML}x: y\nw: z\n",
    ),
    in_yaml(
        "a text that is never closed",
        f"{YAML}x: 'y\n",
        "Add the quotation mark.",
        f"{YAML}x: 'y'\n",
    ),
    in_yaml(
        "a text that begins like something else",
        f"{YAML}x: @y\n",
        "Put the text in quotes.",
        f"{YAML}x: '@y'\n",
    ),
    in_yaml(
        "an alias without a name",
        f"{YAML}x: *.js\n",
        "Put the text in quotes.",
        f"{YAML}x: '*.js'\n",
    ),
    in_yaml(
        "a backslash that means nothing",
        f'{YAML}x: "\\q"\n',
        "Write the backslash as \\\\.",
        f'{YAML}x: "\\\\q"\n',
    ),
    in_yaml(
        "an escape that is cut off",
        f'{YAML}x: "\\x4"\n',
        "Write all of its digits.",
        f'{YAML}x: "\\x41"\n',
    ),
    in_yaml(
        "an escape of no character",
        f'{YAML}x: "\\uD800"\n',
        "Write the character itself.",
        f"{YAML}x: é\n",
    ),
    in_yaml(
        "a control character as it is",
        f"{YAML}x: \x01\n",
        "Write it as an escape.",
        f'{YAML}x: "\\x01"\n',
    ),
    in_yaml(
        "a line that is indented otherwise",
        f"{YAML}  x: y\n",
        "Indent it like its siblings.",
        f"{YAML}x: y\n",
    ),
    in_yaml(
        "a list in the line of its key",
        f"{YAML}x: - y\n",
        "Begin the list in a line of its own.",
        f"{YAML}x:\n  - y\n",
    ),
    in_yaml(
        "a bracket that is never closed", f"{YAML}x: [y\n", "Close the bracket.", f"{YAML}x: [y]\n"
    ),
    in_yaml(
        "a brace that is never closed",
        f"{YAML}x: {{y: 1\n",
        "Close the brace.",
        f"{YAML}x: {{y: 1}}\n",
    ),
    in_yaml(
        "a value that is missing",
        f"{YAML}x: [,]\n",
        "Write a value, or put the text in quotes.",
        f"{YAML}x: [1]\n",
    ),
    in_yaml("text after a document", f"{GOOD}\n{YAML}", "Begin a document with ---."),
    in_yaml("YAML of a version to come", f"%YAML 2.0\n---\n{YAML}", "Remove the %YAML line."),
    in_yaml("a tag", f"{YAML}x: !!str 7\n", "Remove the tag.", f"{YAML}x: 7\n"),
    in_yaml("a document that is a list", "- alpha\n", "Write it as key: value."),
    in_yaml("a tab", f"{YAML}x:\n\ty: 7\n", "Write spaces instead.", f"{YAML}x:\n  y: 7\n"),
    in_yaml(
        "an anchor at a key",
        f"{YAML}&k x: 7\n",
        "Write the anchor at the value.",
        f"{YAML}x: &k 7\n",
    ),
    in_yaml(
        "half an escape in YAML",
        f'{YAML}x: "\\ud83d"\n',
        "Write the character itself.",
        f"{YAML}x: \U0001f600\n",
    ),
    in_yaml(
        "a key that is a list", f"{YAML}? [x]\n: 7\n", "Write the key as text.", f"{YAML}x: 7\n"
    ),
    in_yaml(
        "a merge key",
        f"{YAML}a: &a {{x: 7}}\nb:\n  <<: *a\n",
        "Write the keys out.",
        f"{YAML}a: &a {{x: 7}}\nb:\n  x: 7\n",
    ),
    in_yaml("an alias of nothing", f"{YAML}x: *a\n", "Write the value out.", f"{YAML}x: 7\n"),
    in_yaml("aliases of aliases", YAML + BOMB, "Write the values out."),
    # --- several manifests in a file ------------------------------------------------------------
    Row(
        "items that are nowhere",
        items("/modulse/*"),
        "validate --all",
        "The nearest there is {}.",
        lambda p, found: items(found[1])(p),
    ),
    Row(
        "items that are nothing like it",
        items("/x/*"),
        "validate --all",
        "Correct [manifests] items, or exclude the file.",
        lambda p, _: items("/modules/*")(p),
    ),
    in_several(
        "an entry of two MiB",
        [{"module": "a", "features": [], "x": "y" * 2**21}],
        "Make it smaller.",
    ),
    in_several(
        "an entry too many",
        [{"module": f"m{n}"} for n in range(10_001)],
        "Split it into several files.",
    ),
    Row(
        "several manifests in a file without an ending",
        lambda p: several(p, [json.loads(GOOD)], "several"),
        "validate --all",
        "Rename the file.",
        lambda p, _: several(p, [json.loads(GOOD)]),
    ),
    Row(
        "a file whose name is that of an entry",
        lambda p: file(p, "x.json#/module.manifest.json", GOOD.replace("alpha", "delta")),
        "validate --all",
        "Rename the file, or its folder.",
        lambda p, _: (p.root / "x.json#").rename(p.root / "x"),
    ),
    Row(
        "a template",
        lambda p: p.write("alpha", '{"module": {{ name }}}'),
        "validate --all",
        "Exclude it: [manifests] exclude in lukhas-notion.toml.",
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
        "Each module needs its own key, from [mapping] key: change all but one.",
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
        "Notion cannot show such a list: remove names that no manifest uses.",
        '["tier:1"]',
    ),
    Row(
        "two vocabularies of a hundred thousand names",
        lambda p: (
            file(p, "vocab/all.json", json.dumps([f"t:{number}" for number in range(60_000)])),
            toml(p, '[vocabularies]\nTags = "vocab/all.json"\nFeatures = "vocab/all.json"\n'),
        ),
        "validate --all",
        "Remove names that no manifest uses, or let fewer properties share a vocabulary.",
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
        'Or distinguish them by their place: write from = "{}" under [properties.{}] in',
        lambda p, found: toml(p, f'[properties.{found[2]}]\nfrom = "{found[1]}"\n'),
    ),
    Row(
        "one key twice, told apart by its folder",
        lambda p: [
            toml(p, '[mapping]\nkey = ["/id"]\n'),
            *(p.edit(name, id=1) for name in ("alpha", "beta", "gamma")),
        ],
        "validate --all",
        'Or distinguish them by their place: write key = "{}" under [mapping] in',
        lambda p, found: toml(p, f'[mapping]\nkey = "{found[1]}"\n'),
    ),
]
