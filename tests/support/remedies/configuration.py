"""Remedies for settings and for the configuration's file."""

from __future__ import annotations

import os

from lukhas_notion.config.config import Flags, load
from lukhas_notion.notion.connection import Connection
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.runtime import Runtime
from support.remedies.rows import (
    Row,
    env,
    file,
    forget_database,
    in_folder,
    in_toml,
    made_by_init,
    named_and_trashed,
    replace_in,
    second_source,
    toml,
)
from support.workplace import Ended, Workplace

SHA_ALONE = """\
[properties.Module]
type = "title"
from = "/module"
[properties."Provenance SHA"]
type = "rich_text"
from = "@sha"
"""
STAGE = "[properties.Stage]\ntype = 'select'\nfrom = '/stage'\n"
PROPERTY = "[properties.{}]\ntype = 'rich_text'\nfrom = '/description'\n"


def link(place: Workplace, path: str, target: str) -> None:
    """Make a symbolic link."""
    (place.root / path).parent.mkdir(parents=True, exist_ok=True)
    (place.root / path).symlink_to(target)


def ask(place: Workplace) -> Ended:
    """Ask Notion, through the network."""
    config = load(Flags(root=str(place.root)), place.environ)
    try:
        with Connection.open(config, Runtime(place.environ), read_only=True) as connection:
            connection.reader.identity()
    except LukhasNotionError as error:
        return Ended(error.exit_code, "", str(error))
    return Ended(0, "", "")


def connect(place: Workplace) -> Ended:
    """Open the connection to Notion as outside tests: through the network, by proxy or without."""
    config = load(Flags(root=str(place.root)), place.environ)
    try:
        Connection.open(config, Runtime(place.environ), read_only=True).client.close()
    except LukhasNotionError as error:
        return Ended(error.exit_code, "", str(error))
    return Ended(0, "", "")


def committed(place: Workplace, path: str) -> None:
    """Let the last commit have a file."""
    place.committed = lambda _root, paths: {path} & set(paths)


ROWS = [
    Row(
        "no token",
        lambda p: env(p, NOTION_TOKEN=None),
        "sync --all",
        "put its token into the environment variable NOTION_TOKEN",
        lambda p, _: env(p, NOTION_TOKEN=p.notion.token),
    ),
    Row(
        "a token with a name",
        lambda p: env(p, NOTION_TOKEN=f"NOTION_TOKEN={p.notion.token}"),
        "sync --all",
        "Set it to the text after the = only",
        lambda p, _: env(p, NOTION_TOKEN=p.environ["NOTION_TOKEN"].partition("=")[2]),
    ),
    Row(
        "a token in quotes",
        lambda p: env(p, NOTION_TOKEN=f'"{p.notion.token}"'),
        "sync --all",
        "Remove them.",
        lambda p, _: env(p, NOTION_TOKEN=p.environ["NOTION_TOKEN"].strip('"')),
    ),
    Row(
        "a bearer token",
        lambda p: env(p, NOTION_TOKEN=f"Bearer {p.notion.token}"),
        "sync --all",
        "Set it to the text after that word only",
        lambda p, _: env(p, NOTION_TOKEN=p.environ["NOTION_TOKEN"].split()[1]),
    ),
    Row(
        "no database",
        forget_database,
        "sync --all",
        "Create one with `lukhas-notion init --parent PAGE`",
        lambda p, found: p.run(*found[1].split(), p.notion.root_page_id),
        find="Create one with `lukhas-notion (init --parent) PAGE`",
    ),
    Row(
        "no database right after init",
        made_by_init,
        "sync --all",
        "`lukhas-notion init` has made the database {}. Name it:",
        lambda p, found: toml(p, f"[notion]\n{found[1]}\n"),
        find='in NOTION_DATABASE_ID.*under \\[notion\\] as (database = \\"[0-9a-f-]+\\")',
    ),
    Row(
        "no database right after init, by its id",
        made_by_init,
        "verify",
        "`lukhas-notion init` has made the database {}. Name it: in NOTION_DATABASE_ID",
        lambda p, found: env(p, NOTION_DATABASE_ID=found[1]),
        then="Not in Notion yet",
        find="has made the database ([0-9a-f-]+).*NOTION_DATABASE_ID",
    ),
    Row(
        "an id that is none",
        lambda p: env(p, NOTION_DATABASE_ID="modules", KEPT=p.environ["NOTION_DATABASE_ID"]),
        "sync --all",
        "Give the 32-digit id, with or without hyphens, or the {}'s URL",
        lambda p, _: env(
            p, NOTION_DATABASE_ID=f"https://app.notion.com/p/M-{p.environ['KEPT'].replace('-', '')}"
        ),
    ),
    Row(
        "two data sources",
        second_source,
        "sync --all",
        "Name the one to write in NOTION_DATA_SOURCE_ID",
        lambda p, found: env(p, NOTION_DATA_SOURCE_ID=found[1]),
        find="data sources: ([0-9a-f-]+) .*\\n.*NOTION_DATA_SOURCE_ID",
    ),
    Row(
        "a database as data source",
        lambda p: env(p, NOTION_DATA_SOURCE_ID=forget_database(p)),
        "sync --all",
        "Name it in NOTION_DATABASE_ID",
        lambda p, found: env(p, NOTION_DATA_SOURCE_ID=None, NOTION_DATABASE_ID=found[1]),
        find="([0-9a-f-]+) is a database.*\\n.*Name it in NOTION_DATABASE_ID",
    ),
    Row(
        "a page as database",
        lambda p: env(p, NOTION_DATABASE_ID=p.notion.create_page(p.source, {"Module": "x"})),
        "sync --all",
        "To write into that one, name {} instead",
        lambda p, found: env(p, NOTION_DATABASE_ID=found[1]),
        find="name ([0-9a-f-]+) instead",
    ),
    Row(
        "an address that is none",
        lambda p: env(p, NOTION_API_URL="notion"),
        "sync --all",
        "Write it as https://api.notion.com, or leave it out",
        lambda p, found: env(p, NOTION_API_URL=found[1]),
        find="Write it as (https://\\S+), or leave it out",
    ),
    Row(
        "an address in the file",
        lambda p: toml(p, '[notion]\napi_url = "https://api.notion.com"\n'),
        "sync --all",
        "Set NOTION_API_URL, or pass --api-url.",
        lambda p, _: (toml(p, ""), env(p, NOTION_API_URL="https://api.notion.com")),
    ),
    Row(
        "a token in the configuration",
        lambda p: toml(p, '[notion]\ntoken = "ntn_x"\n'),
        "sync --all",
        "Remove the line, and set NOTION_TOKEN: the token is read from nowhere else.",
        lambda p, _: toml(p, ""),
    ),
    Row(
        "a rate that is none",
        lambda p: env(p, NOTION_RATE_LIMIT="fast"),
        "sync --all",
        "Leave it out for 3",
        lambda p, _: env(p, NOTION_RATE_LIMIT=None),
    ),
    Row(
        "a deadline that is none",
        lambda p: toml(p, "[run]\ndeadline = 0\n"),
        "sync --all",
        "Expected: {}. {}",
        lambda p, _: toml(p, "[run]\n"),
    ),
    Row(
        "certificates that are none",
        lambda p: env(p, REQUESTS_CA_BUNDLE=str(p.root / "missing.pem")),
        "sync --all",
        "Name a file with certificates in PEM form, or unset {} to trust what the system trusts",
        lambda p, found: env(p, **{found[1]: None}),
        find="unset (REQUESTS_CA_BUNDLE) to trust what the system trusts",
    ),
    Row(
        "a mapping without a source",
        lambda p: toml(p, '[properties.Owner]\ntype = "rich_text"\n'),
        "validate --all",
        "Add one of {}.",
        lambda p, found: toml(
            p, f'[properties.Owner]\ntype = "rich_text"\n{found[1]} = "/description"\n'
        ),
        find="Add one of (from), from_all, constant",
    ),
    Row(
        "a pointer without a slash",
        lambda p: toml(p, '[properties.Owner]\ntype = "rich_text"\nfrom = "owner"\n'),
        "validate --all",
        "Begin it with a slash, such as /performance/coverage, and write ~0 for ~ and ~1 for /",
        lambda p, _: replace_in(p, "lukhas-notion.toml", '"owner"', '"/owner"'),
    ),
    Row(
        "a type that is not written",
        lambda p: toml(p, '[properties.Owner]\ntype = "folder"\nfrom = "/description"\n'),
        "validate --all",
        "Expected: {}. {}",
        lambda p, found: replace_in(p, "lukhas-notion.toml", "folder", found[1]),
        find='Expected: "title", "(rich_text)"',
    ),
    Row(
        "the SHA in a number",
        lambda p: toml(p, '[properties."Provenance SHA"]\ntype = "number"\n'),
        "validate --all",
        "Map it to a {} property",
        lambda p, found: replace_in(p, "lukhas-notion.toml", "number", found[1]),
        find="Map it to a (rich_text) property",
    ),
    Row(
        "two titles",
        lambda p: toml(
            p, '[properties.Module]\n[properties.Name]\ntype = "title"\nfrom = "/description"\n'
        ),
        "validate --all",
        "Give exactly one property the line {}.",
        lambda p, found: replace_in(p, "lukhas-notion.toml", found[1], 'type = "rich_text"'),
        find='Give exactly one property the line (type = "title")',
    ),
    Row(
        "a constant for the title",
        lambda p: toml(p, '[properties.Module]\nconstant = "x"\n'),
        "validate --all",
        "Use from",
        lambda p, found: toml(p, f'[properties.Module]\n{found[1]} = "/module"\n'),
        find="Use (from)",
    ),
    Row(
        "an unknown kind of finding",
        lambda p: toml(p, '[verify]\nignore = ["page-edit"]\n'),
        "validate --all",
        "Did you mean {}?",
        lambda p, found: replace_in(p, "lukhas-notion.toml", "page-edit", found[1]),
        find='Did you mean "([a-z-]+)"\\?',
    ),
    Row(
        "a configuration that is not there",
        lambda p: None,
        "validate --all --config missing.toml",
        "Name a TOML file",
        lambda p, _: file(p, "missing.toml", ""),
    ),
    Row(
        "a schema that is not there",
        lambda p: toml(p, '[schema]\npath = "schemas/mine.json"\n'),
        "validate --all",
        "Write the schema",
        lambda p, _: file(p, "schemas/mine.json", '{"type": "object"}'),
    ),
    Row(
        "a vocabulary that is not there",
        lambda p: toml(p, '[vocabularies]\nTags = "vocab/labels.json"\n'),
        "validate --all",
        "Check that it exists",
        lambda p, _: file(p, "vocab/labels.json", '["tier:1"]'),
    ),
    Row(
        "an empty vocabulary",
        lambda p: file(p, "vocab/tags.json", ""),
        "validate --all",
        'Write a vocabulary: {"name": {"synonyms": […]}, …}, {"allowed": […]} or a list.',
        lambda p, _: file(p, "vocab/tags.json", '{"allowed": ["tier:1"]}'),
        find='Write a vocabulary: .*"allowed"',
    ),
    Row(
        "an empty schema",
        lambda p: file(p, "schemas/module.manifest.schema.json", ""),
        "validate --all",
        "Write a {} object into it.",
        lambda p, _: file(p, "schemas/module.manifest.schema.json", "{}"),
        find="Write a JSON object into it\\.",
    ),
    Row(
        "no vocabulary",
        lambda p: (p.root / "vocab/tags.json").unlink(),
        "validate --all",
        'List the allowed names in {} ({"allowed": […]}); `lukhas-notion init` begins it with the '
        "names in use, or write `vocabulary = false`",
        lambda p, found: file(p, found[1], '["tier:1"]'),
        find="List the allowed names in (\\S+) \\(",
    ),
    Row(
        "no vocabulary, and none wanted",
        lambda p: (p.root / "vocab/tags.json").unlink(),
        "validate --all",
        'List the allowed names in {} ({"allowed": […]}); `lukhas-notion init` begins it with the '
        "names in use, or write `vocabulary = false` under [properties.{}] in lukhas-notion.toml "
        "to allow any name",
        lambda p, found: toml(p, f"{found[2]}\n{found[1]}\n"),
        find='write `(vocabulary = false)` under (\\[properties\\.\\"Tags\\"\\])',
    ),
    # --- what a configuration's file says -------------------------------------------------------
    in_toml("no TOML", "[run\n", "See https://toml.io for the syntax.", "[run]\n"),
    in_toml(
        "a configuration with a conflict",
        "<<<<<<< HEAD\n=======\n>>>>>>> b\n",
        "Resolve the conflict, and commit the result.",
        "",
    ),
    in_toml(
        "a configuration in another encoding", "# \u00e4".encode("latin-1"), "Save it as UTF-8.", ""
    ),
    in_toml(
        "a configuration that is too deep", f"x = {'[' * 5000}{']' * 5000}", "Simplify it.", ""
    ),
    in_toml("a configuration that is too long", "#" * 1_100_000, "Shorten it.", ""),
    in_toml(
        "a very long key",
        ".".join("a" * 40) + " = 1",
        "Remove it: no setting has such a key.",
        "",
    ),
    in_toml("a value for a table", "run = 1", "Expected: {}. {}", "[run]"),
    in_toml(
        "a number for a text",
        "[notion]\ndatabase = 1",
        "Expected: {}. {}",
        '[notion]\ndatabase = "0f0e0d0c0b0a49088706050403020100"',
    ),
    in_toml(
        "a text for a list",
        "[verify]\nignore = 1",
        "Expected: {}. {}",
        '[verify]\nignore = ["page-edited"]',
    ),
    in_toml(
        "a text for a flag",
        '[mapping]\ndefaults = "yes"',
        "Expected: {}. {}",
        "[mapping]\ndefaults = true",
    ),
    in_toml(
        "a text for a number",
        '[run]\nconcurrency = "2"',
        "Expected: {}. {}",
        "[run]\nconcurrency = 2",
    ),
    in_toml("too many items", f"[provenance]\nvolatile = {['/x'] * 501}", "Expected: {}. {}", ""),
    in_toml(
        "a key that nobody knows", "[run]\nxyzzy = 1", "Known keys: {}.", "[run]\nconcurrency = 1"
    ),
    in_toml(
        "a key that is misspelled",
        "[run]\nconcurency = 1",
        "Did you mean {}?",
        "[run]\nconcurrency = 1",
    ),
    in_toml("a concurrency that is none", "[run]\nconcurrency = 0", "Expected: {}. {}", "[run]"),
    in_toml(
        "records that are neither on nor off",
        '[provenance]\nrecord = "yes"',
        "Expected: {}. {}",
        '[provenance]\nrecord = "off"',
    ),
    in_toml(
        "an address of manifests that is none",
        '[source]\nurl = "nowhere"',
        "Write it as https://HOST/…/{commit}/{path}.",
        '[source]\nurl = "https://example.org/x/{commit}/{path}"',
    ),
    in_toml(
        "a schema of two kinds",
        '[schema]\npath = "s.json"\npackaged = true',
        "Keep one of them.",
        "[schema]\npackaged = true",
    ),
    in_toml(
        "a vocabulary and none",
        '[vocabularies]\nTags = "vocab/tags.json"\n[properties.Tags]\nvocabulary = false',
        "Keep one of the two lines.",
        '[vocabularies]\nTags = "vocab/tags.json"',
    ),
    in_toml(
        "a schema of another repository",
        '[schema]\npath = "../s.json"',
        "Put the file into the repository.",
        "[schema]",
    ),
    in_toml(
        "a name that no file has", '[schema]\npath = "a\\u0000b"', "Name another file.", "[schema]"
    ),
    # --- patterns -------------------------------------------------------------------------------
    *(
        in_toml(
            f"the pattern {shown}",
            f"[manifests]\ninclude = ['**/*.json', {pattern}]",
            advice,
            f"[manifests]\ninclude = ['**/module.manifest.json', {instead}]",
        )
        for shown, pattern, advice, instead in (
            ("that is empty", "''", "Remove it.", ""),
            ("that is long", f"'{'x' * 1_001}'", "Write several patterns.", ""),
            (
                "with a backslash",
                r"'libs\module.json'",
                "Write / between folders, on Windows as well.",
                "'libs/module.json'",
            ),
            ("with !", "'!libs/**'", "List what is not wanted under exclude, without the !.", ""),
            (
                "of many braces",
                "'" + "{a,b}" * 7 + "'",
                "Use * instead of some braces.",
                "'{a,b}*'",
            ),
            ("of one brace", "'{a'", "Write {a,b} for a or b.", "'{a,b}'"),
            ("of the disk", "'/libs/**'", "Write it relative to the root: {}.", "'libs/**/*.no'"),
            (
                "of a folder above",
                "'../libs/**'",
                "Nothing outside the root is searched: leave it out.",
                "",
            ),
            ("of nothing", "'./'", "Write ** for everything.", "'**/*.no'"),
            (
                "of ** in a name",
                "'src/**.json'",
                "Let ** stand alone between slashes, as in src/**/*.json.",
                "'src/**/*.no'",
            ),
        )
    ),
    in_toml(
        "very many patterns",
        f"[manifests]\nexclude = {['x{a,b,c,d,e}'] * 101}",
        "Use * and ** instead of some of them.",
        "[manifests]\nexclude = ['x*']",
    ),
    in_toml(
        "very many pointers",
        f"[provenance]\nvolatile = {[f'/{n}' for n in range(51)]}",
        "Expected: {}. {}",
        "[provenance]\nvolatile = ['/*']",
    ),
    # --- properties -----------------------------------------------------------------------------
    in_toml(
        "two properties of one name",
        PROPERTY.format("A") + PROPERTY.format("a"),
        "Keep one of the two.",
        PROPERTY.format("A"),
    ),
    in_toml(
        "two sources",
        PROPERTY.format("A") + "constant = 'x'\n",
        "Keep one of them.",
        PROPERTY.format("A"),
    ),
    in_toml(
        "two times",
        "[properties.'Updated At']\n[properties.Now]\ntype = 'date'\nfrom = '@now'\n",
        "Give at most one property the line {}.",
        "[properties.Now]\ntype = 'date'\nfrom = '@now'\n",
    ),
    in_toml(
        "a text with a vocabulary",
        PROPERTY.format("A") + "vocabulary = true\n",
        "Remove the line.",
        PROPERTY.format("A"),
    ),
    in_toml(
        "no pointers",
        "[properties.A]\ntype = 'rich_text'\nfrom = []\n",
        "Expected: {}. {}",
        PROPERTY.format("A"),
    ),
    in_toml(
        "a number with a join",
        "[properties.A]\ntype = 'number'\nfrom = '/x'\njoin = ','\n",
        "Remove the line.",
        "[properties.A]\ntype = 'number'\nfrom = '/x'\n",
    ),
    in_toml(
        "a template with another field",
        PROPERTY.format("A") + "each = '{@x}'\n",
        "Fields are {name}, {name:check}, {@key} and {@value}.",
        PROPERTY.format("A") + "each = '{@key}'\n",
    ),
    in_toml(
        "a pointer with a ~",
        "[properties.A]\ntype = 'rich_text'\nfrom = '/a~b'\n",
        "Begin it with a slash, such as /performance/coverage, and write ~0 for ~ and ~1 for /",
        "[properties.A]\ntype = 'rich_text'\nfrom = '/a~0b'\n",
    ),
    in_toml(
        "a constant of another type",
        "[properties.A]\ntype = 'number'\nconstant = 'x'\n",
        "Write a value for a {}.",
        "[properties.A]\ntype = 'number'\nconstant = 7\n",
    ),
    in_toml(
        "an empty constant",
        "[properties.A]\ntype = 'rich_text'\nconstant = ''\n",
        "Give it a value, or remove the property.",
        "",
    ),
    # --- files ----------------------------------------------------------------------------------
    Row(
        "a schema that leads nowhere",
        lambda p: link(p, "schemas/module.manifest.schema.json", "mine.json"),
        "validate --all",
        "Put the file there.",
        lambda p, _: file(p, "schemas/mine.json", "{}"),
    ),
    Row(
        "links in a circle",
        lambda p: (
            link(p, "vocab/a", "b"),
            link(p, "vocab/b", "a"),
            toml(p, '[vocabularies]\nTags = "vocab/a"'),
        ),
        "validate --all",
        "Delete them.",
        lambda p, _: (p.root / "vocab/a").unlink() or file(p, "vocab/a", '["tier:1"]'),
    ),
    Row(
        "a manifest of another repository",
        lambda p: (
            p.manifest("alpha").unlink()
            or link(p, "alpha/module.manifest.json", "../../other.json")
        ),
        "validate --all",
        "Put the file itself here, not a way out of the repository.",
        lambda p, _: (
            p.manifest("alpha").unlink() or p.write("alpha", {"module": "alpha", "features": []})
        ),
    ),
    Row(
        "a vocabulary that is a folder",
        lambda p: toml(p, '[vocabularies]\nTags = "vocab"'),
        "validate --all",
        "Name the file in it.",
        lambda p, _: toml(p, '[vocabularies]\nTags = "vocab/tags.json"'),
    ),
    Row(
        "a vocabulary that is a pipe",
        lambda p: os.mkfifo(p.root / "pipe") or toml(p, '[vocabularies]\nTags = "pipe"'),
        "validate --all",
        "Name a file.",
        lambda p, _: toml(p, '[vocabularies]\nTags = "vocab/tags.json"'),
    ),
    Row(
        "a vocabulary of git's",
        lambda p: (
            (p.root / "vocab/tags.json").unlink(),
            file(p, ".git/tags.json", "[]"),
            link(p, "vocab/tags.json", "../.git/tags.json"),
        ),
        "validate --all",
        "Name a file elsewhere.",
        lambda p, _: (
            file(p, "names/tags.json", '["tier:1"]'),
            (p.root / "vocab/tags.json").unlink(),
            toml(p, '[vocabularies]\nTags = "names/tags.json"'),
        ),
    ),
    Row(
        "a ledger that is the report",
        lambda p: toml(p, '[run]\nledger = "x"\nreport = "x"'),
        "sync --all --report-md",
        "Give each its own path.",
        lambda p, _: toml(p, '[run]\nledger = "x"\nreport = "y"'),
    ),
    Row(
        "a ledger outside",
        lambda p: toml(p, '[run]\nledger = "../x"'),
        "sync --all",
        "Write it inside, or pass an absolute path with --{}.",
        lambda p, found: (
            toml(p, "") or p.environ.update(MORE=f"--{found[1]} {p.root.parent / 'x'}")
        ),
    ),
    Row(
        "a report that is something else",
        lambda p: (file(p, "notes.md", "# Mine"), toml(p, '[run]\nreport = "notes.md"')),
        "sync --all --report-md",
        "Name another file, or delete that one.",
        lambda p, _: (p.root / "notes.md").unlink(),
    ),
    Row(
        "a root that is none",
        lambda p: p.environ.update(INSTEAD=f"validate --all --root {p.root / 'nowhere'}"),
        "",
        "Name the repository's folder.",
        lambda p, _: p.environ.update(INSTEAD=f"validate --all --root {p.root}"),
    ),
    Row(
        "a source that is none",
        lambda p: None,
        "sync --all --source modules",
        "Write OWNER/REPO, or the repository's URL: https://github.com/OWNER/REPO.",
        lambda p, _: p.environ.update(INSTEAD="sync --all --source octo/modules"),
    ),
    Row(
        "a gate that somebody took away",
        lambda p: (p.root / "vocab/tags.json").unlink() or committed(p, "vocab/tags.json"),
        "validate --all",
        "Restore {}, or {}.",
        lambda p, found: file(p, found[1], '["tier:1"]'),
    ),
    Row(
        "a proxy that is none",
        lambda p: env(p, HTTPS_PROXY="ftp://proxy.example"),
        connect,
        "Set HTTPS_PROXY to http://HOST:PORT, or name the API's host in NO_PROXY.",
        lambda p, _: env(p, NO_PROXY="api.notion.com"),
    ),
    Row(
        "certificates that are no such folder",
        lambda p: (p.root / "certs").mkdir() or env(p, SSL_CERT_DIR=str(p.root / "certs")),
        "sync --all",
        "Run `openssl rehash` on it.",
        lambda p, _: env(p, SSL_CERT_DIR=None),
    ),
    Row(
        "a token of an expression",
        lambda p: env(p, NOTION_TOKEN="${{ secrets.NOTION_TOKEN }}"),
        "sync --all",
        "Check how the workflow or shell sets it",
        lambda p, _: env(p, NOTION_TOKEN=p.notion.token),
    ),
    Row(
        "a token with a blank",
        lambda p: env(p, NOTION_TOKEN=p.notion.token.replace("_", " ", 1)),
        "sync --all",
        "Copy the token again from the integration's settings in Notion, without other text.",
        lambda p, _: env(p, NOTION_TOKEN=p.notion.token),
    ),
    Row(
        "records that are neither, and are left to the default",
        lambda p: toml(p, '[provenance]\nrecord = "yes"\n'),
        "validate --all",
        "The default is {}.",
        lambda p, found: toml(p, f"[provenance]\nrecord = {found[1]}\n"),
    ),
    in_toml(
        "a number that is not finite",
        "[run]\ndeadline = inf",
        "Write a number.",
        "[run]\ndeadline = 60",
    ),
    in_toml(
        "a vocabulary of no property",
        '[vocabularies]\nZzzzzz = "vocab/tags.json"',
        "Those are: {}.",
        '[vocabularies]\nTags = "vocab/tags.json"',
    ),
    in_toml(
        "a vocabulary of a property that takes no names any more",
        '[vocabularies]\nDescription = "vocab/tags.json"',
        "Or remove the line.",
        "",
    ),
    in_toml(
        "a misspelled source that is a fact of the file",
        "[properties.A]\ntype = 'rich_text'\nfrom = '@pth'\n",
        "Or write @sha, @now, @path, @folder or @source.",
        "[properties.A]\ntype = 'rich_text'\nfrom = '@path'\n",
    ),
    in_toml(
        "a vocabulary where there is none",
        f'[mapping]\ndefaults = false\n{SHA_ALONE}[vocabularies]\nZzzzzz = "vocab/tags.json"',
        "There is none: remove the line.",
        f"[mapping]\ndefaults = false\n{SHA_ALONE}",
    ),
    Row(
        "a backfill where nothing takes names from a vocabulary",
        lambda p: toml(p, f"[mapping]\ndefaults = false\n{SHA_ALONE}"),
        "backfill --property Stage --apply",
        "Map a property of the type select, multi_select or status.",
        lambda p, _: (
            toml(p, f"{STAGE}[vocabularies]\nStage = 'vocab/tags.json'\n")
            or p.notion.add_property("Stage", "select")
        ),
    ),
    in_toml(
        "a body beside a property of its name",
        '[page.body]\nfile = "README.md"\n' + PROPERTY.format("'Page body'"),
        "Give the property another name in Notion.",
        '[page.body]\nfile = "README.md"\n' + PROPERTY.format("Text"),
    ),
    in_toml(
        "a body without records",
        '[page.body]\nfile = "x.md"\n[provenance]\nrecord = "off"',
        "Remove one of the two.",
        '[page.body]\nfile = "README.md"',
    ),
    in_toml(
        "a link of the record",
        '[properties."Provenance SHA"]\nlink = "@source"',
        "Remove it.",
        '[properties."Provenance SHA"]',
    ),
    in_toml(
        "a body in a folder",
        '[page.body]\nfile = "docs/README.md"',
        "Name a file beside the manifest, such as README.md.",
        '[page.body]\nfile = "README.md"',
    ),
    in_toml(
        "a body of a device's name",
        '[page.body]\nfile = "nul.md"',
        "Name a file beside the manifest.",
        '[page.body]\nfile = "README.md"',
    ),
    in_toml(
        "a property without a type",
        "[properties.A]\nfrom = '/x'\n",
        "Add type, one of {}.",
        "[properties.A]\ntype = 'rich_text'\nfrom = '/x'\n",
    ),
    Row(
        "a deadline that no flag may have",
        lambda p: None,
        "sync --all --deadline 0",
        "Leave it out for no deadline.",
        lambda p, _: p.environ.update(INSTEAD="sync --all"),
    ),
    in_toml(
        "a link that is no pointer",
        '[properties.A]\ntype = "rich_text"\nfrom = "/x"\nlink = "home"\n',
        "name the pointer of its address, such as /home, or @source for the manifest itself",
        '[properties.A]\ntype = "rich_text"\nfrom = "/x"\nlink = "/home"\n',
    ),
    Row(
        "a concurrency that no flag may have",
        lambda p: None,
        "sync --all --concurrency 0",
        "Leave it out for the default.",
        lambda p, _: p.environ.update(INSTEAD="sync --all"),
    ),
    Row(
        "an address of manifests whose repository has none",
        lambda p: (
            setattr(p, "origin", ""),
            toml(p, '[properties.Source]\ntype = "url"\nfrom = "@source"\nrequired = false\n'),
        ),
        "sync --all",
        "Run `git remote add origin URL`, or name the repository with --source OWNER/REPO.",
        lambda p, _: p.environ.update(MORE="--source octo/modules"),
    ),
    Row(
        "a configuration outside",
        lambda p: file(p, "../mine.toml", ""),
        lambda p: in_folder(p, ".", "--config", p.environ.get("FILE", "../mine.toml")),
        "Name it by its absolute path.",
        lambda p, _: p.environ.update(FILE=str((p.root / "../mine.toml").resolve())),
    ),
    Row(
        "a root that leads out of a checkout",
        lambda p: (
            file(p, ".git/HEAD", "x"),
            file(p, "../elsewhere/module.manifest.json", '{"module": "e", "features": []}'),
            link(p, "part", "../elsewhere"),
        ),
        lambda p: p.run("validate", "--all", "--root", str(p.root / p.environ.get("ROOT", "part"))),
        "Name the folder itself, by its own path.",
        lambda p, _: p.environ.update(ROOT="../elsewhere"),
    ),
    Row(
        "a file of a proxy that is not there",
        lambda p: (
            toml(p, "[run]\nmax_retries = 0\n"),
            env(p, HTTPS_PROXY="http://127.0.0.1:1", NOTION_API_URL="https://notion.invalid"),
        ),
        ask,
        "Check the proxy that {} names, or name the API's host in NO_PROXY to do without",
        lambda p, _: env(p, NO_PROXY="notion.invalid"),
        then="Check the network",
    ),
    Row(
        "init --again without a page",
        lambda p: toml(p, f'[notion]\ndatabase = "{forget_database(p)}"\n'),
        "init --again",
        "Name the page with --parent.",
        lambda p, _: p.environ.update(INSTEAD="init --parent PAGE --again"),
    ),
    Row(
        "a database in the trash that is completed",
        named_and_trashed,
        "init",
        "Or, to create another database, run `lukhas-notion init --parent PAGE --again`.",
        lambda p, _: p.environ.update(INSTEAD="init --parent PAGE --again"),
    ),
    in_toml(
        "an icon that is none",
        '[page]\nicon = "rocket"\n',
        "Write one emoji, or the address of a picture that begins with https://.",
        '[page]\nicon = "\U0001f680"\n',
    ),
    in_toml(
        "a rate in words",
        '[notion]\nrate_limit = "fast"\n',
        "Give the operations per second, as an average over any minute, or `auto`.",
        '[notion]\nrate_limit = "auto"\n',
    ),
]
