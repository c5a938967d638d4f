"""Remedies for the database."""

from __future__ import annotations

import json
from dataclasses import replace

from support.remedies.rows import (
    NOWHERE,
    Row,
    as_option,
    env,
    file,
    forget_database,
    many_gone,
    replace_in,
    retype,
    toml,
)
from support.workplace import Workplace

PROPERTY = '[properties.Owner]\ntype = "rich_text"\nfrom = "/description"\n'
STAGES = (
    '[properties.Stage]\ntype = "status"\nfrom = "/stage"\n'
    '[vocabularies]\nStage = "vocab/stage.json"\n'
)
GATED = '[properties.Stage]\ntype = "select"\nfrom = "/stage"\n'


def crowded(place: Workplace) -> None:
    """Fill a vocabulary with a hundred names, all of them options, and use one more."""
    names = [f"n{number:03}" for number in range(101)]
    file(place, "vocab/tags.json", json.dumps(names[:100]))
    place.edit("alpha", tags=["n000"])
    for name in ("beta", "gamma"):
        place.edit(name, tags=[])
    for each in ("tier:1", "tier:2"):
        place.notion.remove_option("Tags", each)
    for each in names[:100]:
        place.notion.add_option("Tags", each)
    assert place.run("sync", "--all").code == 0
    file(place, "vocab/tags.json", json.dumps(names))
    place.edit("alpha", tags=["n100"])


def many_stages(place: Workplace, *, uses: bool) -> None:
    """Fill a status with a hundred options, and its vocabulary with one more name."""
    names = [f"n{number:03}" for number in range(101)]
    file(place, "vocab/stage.json", json.dumps(names))
    toml(place, STAGES)
    place.notion.add_property("Stage", "status", settings={"options": [{"name": "n000"}]})
    assert place.run("backfill", "--property", "Stage", "--apply").code == 0
    if uses:
        place.edit("alpha", stage=names[-1])


def percent(place: Workplace) -> None:
    """Let Notion show a number as percent."""
    source = place.notion.workspace.store.data_sources[place.source]
    columns = [
        replace(column, number_format="percent") if column.name == "Coverage" else column
        for column in source.properties
    ]
    place.notion.workspace.store.commit(replace(source, properties=tuple(columns)))


def restore_database(place: Workplace) -> None:
    """Bring the database back out of the trash."""
    store = place.notion.workspace.store
    store.commit(replace(store.databases[place.environ["NOTION_DATABASE_ID"]], in_trash=False))


ROWS = [
    Row(
        "a property that is missing",
        lambda p: p.notion.remove_property("Coverage"),
        "sync --all",
        "Add a property of type {} with exactly this name: `lukhas-notion init` does it",
        lambda p, _: p.run("init"),
    ),
    Row(
        "a property that is missing, while syncing",
        lambda p: p.notion.remove_property("Coverage"),
        "sync --all",
        "or a sync with `--add-properties`",
        lambda p, found: p.environ.update(MORE=found[1]),
        find="or a sync with `(--add-properties)`",
    ),
    Row(
        "a property that is missing, by hand",
        lambda p: p.notion.remove_property("Coverage"),
        "sync --all",
        "click + at the right of the header row, choose the type, and write the name exactly so",
        lambda p, _: p.notion.add_property("Coverage", "number"),
    ),
    Row(
        "a property that was renamed",
        lambda p: p.notion.rename_property("Coverage", "Coverages"),
        "sync --all",
        "rename it to '{}' in Notion",
        lambda p, found: p.notion.rename_property("Coverages", found[1]),
        find="rename it to '(Coverage)' in Notion",
    ),
    Row(
        "a property of another type",
        lambda p: retype(p, "Coverage", "checkbox"),
        "sync --all",
        "Change its type to {} in Notion",
        lambda p, found: retype(p, "Coverage", found[1].lower()),
        find="Change its type to (Number) in Notion",
    ),
    Row(
        "an option that is missing",
        lambda p: (
            p.edit("alpha", tags=["tier:1", "tier:2"]) or p.notion.remove_option("Tags", "tier:2")
        ),
        "sync --all",
        "Run `lukhas-notion backfill {} --apply` first",
        lambda p, found: as_option(p, found, by="command"),
        find="Run `(.*?)` first",
    ),
    Row(
        "an option that is missing, while syncing",
        lambda p: (
            p.edit("alpha", tags=["tier:1", "tier:2"]) or p.notion.remove_option("Tags", "tier:2")
        ),
        "sync --all",
        "or sync with --backfill",
        lambda p, found: p.environ.update(MORE=found[1]),
        find="or sync with (--backfill)",
    ),
    Row(
        "a capability that is missing",
        lambda p: p.environ.update(CAPABILITIES="read,update"),
        "doctor",
        "In the integration's settings, allow it to read, insert and update content",
        lambda p, _: p.environ.update(CAPABILITIES="read,insert,update"),
    ),
    Row(
        "so many options that go",
        many_gone,
        "backfill --tags --apply --prune",
        "If this is intended, give the number of pages and options: --force {}, in the Action",
        lambda p, found: p.environ.update(MORE=found[1]),
        find="give the number of pages and options: (--force \\d+)",
    ),
    Row(
        "a property of another type, mapped as what it is",
        lambda p: retype(p, "Coverage", "rich_text"),
        "sync --all",
        'or map it as what it is in lukhas-notion.toml: under [properties.{}], write type = "{}".',
        lambda p, found: toml(p, f'[properties.{found[1]}]\ntype = "{found[2]}"\n'),
    ),
    Row(
        "a property of another type, mapped to another one",
        lambda p: retype(p, "Coverage", "checkbox"),
        "sync --all",
        "Or map another property: add one of that type to the database, such as '{} (manifest)', "
        "and map '{}' in lukhas-notion.toml: under [properties.{}], write from = {}.",
        lambda p, found: (
            p.notion.add_property(found[1], "number")
            or toml(p, f"[properties.{found[3]}]\nfrom = {found[4]}\n")
        ),
        find=r"such as '(.+?)', and map '(.+?)' in .*?under \[properties\.(.+?)\], "
        r"write from = (.+)\.",
    ),
    Row(
        "a property of one's own of another type",
        lambda p: toml(p, PROPERTY) or p.notion.add_property("Owner", "checkbox"),
        "sync --all",
        "and rename [properties.{}] to [properties.{}] in lukhas-notion.toml.",
        lambda p, found: (
            p.notion.add_property(found[1], "rich_text")
            or toml(p, PROPERTY.replace("[properties.Owner]", f"[properties.{found[3]}]"))
        ),
        find=r"such as '(.+?)', and rename \[properties\.(.+?)\] to \[properties\.(.+?)\] in",
    ),
    Row(
        "a property that was renamed, mapped by its name",
        lambda p: p.notion.rename_property("Coverage", "Coverages"),
        "sync --all",
        "or map '{}' in lukhas-notion.toml: under [properties.{}], write from = {}. If it is not,",
        lambda p, found: toml(p, f"[properties.{found[2]}]\nfrom = {found[3]}\n"),
    ),
    Row(
        "a property of one's own that was renamed",
        lambda p: toml(p, PROPERTY) or p.notion.add_property("Owners", "rich_text"),
        "sync --all",
        "or rename [properties.{}] to [properties.{}] in lukhas-notion.toml. If it is not,",
        lambda p, found: toml(
            p, PROPERTY.replace("[properties.Owner]", f"[properties.{found[2]}]")
        ),
    ),
    Row(
        "a title that is called otherwise",
        lambda p: (
            p.notion.rename_property("Module", "Name")
            or p.notion.add_property("Module", "rich_text")
        ),
        "sync --all",
        "Rename '{}' to something else in Notion, and the title property '{}' to '{}'.",
        lambda p, found: (
            p.notion.rename_property(found[1], "Old")
            or p.notion.rename_property(found[2], found[3])
        ),
    ),
    Row(
        "a title that is called otherwise, mapped by its name",
        lambda p: (
            p.notion.rename_property("Module", "Name")
            or p.notion.add_property("Module", "rich_text")
        ),
        "sync --all",
        "Or map '{}' in lukhas-notion.toml: under [properties.{}], write from = {}.",
        lambda p, found: toml(p, f"[properties.{found[2]}]\nfrom = {found[3]}\n"),
        find=r"Or map '(.+?)' in .*?under \[properties\.(.+?)\], write from = (.+)\.",
    ),
    Row(
        "a title of one's own that is called otherwise",
        lambda p: (
            toml(p, '[properties.Named]\ntype = "title"\nfrom = "/module"\nrequired = true\n')
            or p.notion.add_property("Named", "rich_text")
        ),
        "sync --all",
        "Or rename [properties.{}] to [properties.{}] in lukhas-notion.toml.",
        lambda p, found: replace_in(
            p, "lukhas-notion.toml", "properties.Named", f"properties.{found[2]}"
        ),
    ),
    Row(
        "an option in another spelling",
        lambda p: p.notion.remove_option("Tags", "tier:1") or p.notion.add_option("Tags", "Tier:1"),
        "sync --all",
        "Rename the option '{}' to '{}' in Notion, or write it so in the repository.",
        lambda p, found: (
            p.notion.remove_option("Tags", found[1]) or p.notion.add_option("Tags", found[2])
        ),
    ),
    Row(
        "a status without room for an option",
        lambda p: many_stages(p, uses=True),
        "sync --all",
        "Add the option in Notion by hand: the API adds at most {} to a status.",
        lambda p, _: p.notion.add_option("Stage", "n100"),
    ),
    Row(
        "a status without room for its vocabulary",
        lambda p: many_stages(p, uses=False),
        "doctor",
        "In Notion, rename the existing options, and add the missing ones by hand.",
        lambda p, _: p.notion.add_option("Stage", "n100"),
        warns=True,
    ),
    Row(
        "an option of a property without a vocabulary file",
        lambda p: (
            toml(p, GATED)
            or p.notion.add_property("Stage", "select")
            or p.edit("alpha", stage="beta")
        ),
        "sync --all",
        'name it in lukhas-notion.toml under [vocabularies]: {} = "vocab/….json", or write '
        "`vocabulary = false`",
        lambda p, found: (
            file(p, "vocab/stage.json", '{"allowed": ["beta"]}'),
            p.notion.add_option("Stage", "beta"),
            toml(p, f'{GATED}[vocabularies]\n{found[1]} = "vocab/stage.json"\n'),
        ),
    ),
    Row(
        "a name of a property that takes any",
        lambda p: (
            toml(p, f"{GATED}vocabulary = false\n")
            or p.notion.add_property("Stage", "select")
            or p.edit("alpha", stage="beta")
        ),
        "sync --all",
        "Add the option in Notion. Or: ",
        lambda p, _: p.notion.add_option("Stage", "beta"),
    ),
    Row(
        "a name of Tags, which take any",
        lambda p: (
            toml(p, "[properties.Tags]\nvocabulary = false\n") or p.edit("alpha", tags=["beta"])
        ),
        "sync --all",
        "Add the option in Notion. Or: List the allowed names in {} ",
        lambda p, _: p.notion.add_option("Tags", "beta"),
    ),
    Row(
        "no vocabulary to backfill",
        lambda p: (p.root / "vocab/tags.json").unlink(),
        "backfill --tags --apply",
        'List the allowed names in {} ({"allowed": […]}); `lukhas-notion init` begins it with the '
        "names in use.",
        lambda p, found: file(p, found[1], '{"allowed": ["tier:1"]}'),
    ),
    Row(
        "no vocabulary of one's own to backfill",
        lambda p: toml(p, GATED) or p.notion.add_property("Stage", "select"),
        "backfill --property Stage --apply",
        'under [vocabularies]: {} = "vocab/….json".',
        lambda p, found: (
            file(p, "vocab/stage.json", '{"allowed": ["beta"]}')
            or toml(p, f'{GATED}[vocabularies]\n{found[1]} = "vocab/stage.json"\n')
        ),
    ),
    Row(
        "an option beyond the hundred of a request",
        crowded,
        "sync --all",
        "Sync with --backfill: the property has {} options or more",
        lambda p, _: p.environ.update(MORE="--backfill"),
    ),
    Row(
        "a database in the trash",
        lambda p: p.notion.trash_database(p.environ["NOTION_DATABASE_ID"]),
        "sync --all",
        "Restore it in Notion, then run again.",
        lambda p, _: restore_database(p),
    ),
    Row(
        "a page in the trash, for init",
        lambda p: forget_database(p) and p.notion.trash_page(p.notion.root_page_id),
        "init --parent PAGE",
        "Restore it in Notion, or name another page.",
        lambda p, _: p.notion.restore_page(p.notion.root_page_id),
    ),
    Row(
        "a database that is not shared",
        lambda p: env(p, NOTION_DATABASE_ID=NOWHERE, KEPT=p.environ["NOTION_DATABASE_ID"]),
        "sync --all",
        "Check the id: in a link, the one after ?v= is a view's. In Notion, open {}, choose",
        lambda p, _: env(p, NOTION_DATABASE_ID=p.environ["KEPT"]),
    ),
    Row(
        "a page that is not shared, for init",
        forget_database,
        f"init --parent {NOWHERE}",
        "Check the id. In Notion, open {}, choose ··· > Connections, and add the integration.",
        lambda p, _: p.environ.update(INSTEAD="init --parent PAGE"),
    ),
    Row(
        "a database as the parent",
        lambda p: p.environ.update(INSTEAD=f"init --parent {forget_database(p)}"),
        "init",
        "To complete it, name it with --database. To make another one, name a page.",
        lambda p, _: p.environ.update(INSTEAD="init --parent PAGE"),
    ),
    Row(
        "no page and no database for init",
        lambda p: p.environ.update(KEPT=forget_database(p)),
        "init",
        "Name the page with --parent, or the database with --database.",
        lambda p, _: p.environ.update(INSTEAD=f"init --database {p.environ['KEPT']}"),
    ),
    Row(
        "a database that init completes, with another type",
        lambda p: retype(p, "Coverage", "checkbox"),
        "init",
        "Nothing was changed: existing properties are neither renamed nor converted.",
        lambda p, _: retype(p, "Coverage", "number"),
    ),
    Row(
        "proposed files for a database with a title of another name",
        lambda p: [file(p, f"services/{n}/service.json", f'{{"name": "{n}"}}') for n in "ab"],
        "init --from services/*/service.json",
        "Nothing was changed in Notion, and the proposed files are written: correct "
        "lukhas-notion.toml, and run `lukhas-notion init`.",
        lambda p, _: (
            replace_in(p, "lukhas-notion.toml", '[properties."Name"]', '[properties."Module"]')
            or p.environ.update(INSTEAD="init")
        ),
    ),
    # --- what doctor notes ----------------------------------------------------------------------
    Row(
        "no vocabulary of one's own",
        lambda p: toml(p, f"{GATED}required = false\n"),
        "doctor --offline",
        'name it in lukhas-notion.toml under [vocabularies]: {} = "vocab/….json", or write '
        "`vocabulary = false`",
        lambda p, found: toml(p, f"{GATED}required = false\nvocabulary = false\n"),
        warns=True,
    ),
    Row(
        "options that are not there yet",
        lambda p: file(p, "vocab/tags.json", '["tier:1", "tier:2", "tier:3"]'),
        "doctor",
        'Add them with `lukhas-notion backfill --property "{}" --apply`.',
        lambda p, found: p.run("backfill", "--property", found[1], "--apply"),
        warns=True,
    ),
    Row(
        "options outside the vocabulary",
        lambda p: p.notion.add_option("Tags", "stray"),
        "doctor",
        'List them with `lukhas-notion backfill --property "{}" --prune`.',
        lambda p, found: p.run(
            "backfill", "--property", found[1], "--prune", "--apply", "--force", "1"
        ),
        warns=True,
    ),
    Row(
        "a percentage of eighty",
        percent,
        "doctor",
        "Or, in Notion, edit the property and choose the number format Number.",
        lambda p, _: [
            p.edit(name, testing={"coverage_observed": 0.8}) for name in ("alpha", "beta", "gamma")
        ],
        warns=True,
    ),
    Row(
        "a token that may write, for previews",
        lambda p: None,
        "doctor --read-only",
        "Give the preview a token of an integration that cannot {} content.",
        lambda p, _: p.environ.update(CAPABILITIES="read"),
        warns=True,
    ),
    Row(
        "no token for doctor",
        lambda p: env(p, NOTION_TOKEN=None),
        "doctor",
        "Put the token of an internal integration into the environment variable NOTION_TOKEN, or "
        "run with --offline.",
        lambda p, _: p.environ.update(MORE="--offline"),
    ),
    Row(
        "a property that is missing, for doctor",
        lambda p: p.notion.remove_property("Coverage"),
        "doctor",
        "By hand: in Notion, open the database, click + at the right of the header row,",
        lambda p, _: p.notion.add_property("Coverage", "number"),
    ),
    Row(
        "a rate of the largest plans",
        lambda p: env(p, NOTION_RATE_LIMIT="8"),
        "doctor",
        "On another plan: Set NOTION_RATE_LIMIT to {} or less.",
        lambda p, found: env(p, NOTION_RATE_LIMIT=found[1]),
        warns=True,
    ),
    Row(
        "a rate that no plan allows",
        lambda p: None,
        "doctor",
        "Set NOTION_RATE_LIMIT to {} or less.",
        lambda p, found: env(p, NOTION_RATE_LIMIT=found[1]),
        warns=True,
    ),
    Row(
        "no manifest, for doctor",
        lambda p: [p.manifest(name).unlink() for name in ("alpha", "beta", "gamma")],
        "doctor --offline",
        "Write one, or set [manifests] include in lukhas-notion.toml.",
        lambda p, _: p.write("alpha", {"module": "alpha", "features": []}),
        warns=True,
    ),
    Row(
        "a pattern that finds nothing, for doctor",
        lambda p: toml(p, '[manifests]\nexclude = ["legacy/"]\n'),
        "doctor --offline",
        "Correct the pattern, or remove it.",
        lambda p, _: toml(p, ""),
        warns=True,
    ),
    Row(
        "a pointer that no manifest has, for doctor",
        lambda p: toml(p, PROPERTY.replace("/description", "/owner")),
        "doctor --offline",
        "Correct the setting, or remove it.",
        lambda p, _: toml(p, PROPERTY),
        warns=True,
    ),
    Row(
        "violations, for doctor",
        lambda p: p.edit("alpha", features=["serach"]),
        "doctor --offline",
        "List them with `lukhas-notion validate --all`.",
        lambda p, _: p.run("validate", "--all") and p.edit("alpha", features=["search"]),
    ),
    Row(
        "a repository without an address",
        lambda p: setattr(p, "origin", ""),
        "doctor --offline",
        "Run `git remote add origin URL`, or give `sync` and `verify` --source OWNER/REPO.",
        lambda p, _: setattr(p, "origin", "https://github.com/octo/modules"),
        warns=True,
    ),
    Row(
        "no workflows",
        lambda p: None,
        "doctor --offline",
        "Run `lukhas-notion init`, which writes one for pull requests and one for merges.",
        lambda p, _: p.run("init"),
        warns=True,
    ),
    Row(
        "a property of another type, found by doctor",
        lambda p: retype(p, "Coverage", "checkbox"),
        "sync --all",
        "Check it all: `lukhas-notion doctor`.",
        lambda p, _: p.run("doctor") and retype(p, "Coverage", "number"),
    ),
    Row(
        "a page that is in no database",
        lambda p: env(
            p, KEPT=p.environ["NOTION_DATABASE_ID"], NOTION_DATABASE_ID=p.notion.root_page_id
        ),
        "sync --all",
        "Open the database in Notion as a full page, copy its link, and name that.",
        lambda p, _: env(p, NOTION_DATABASE_ID=p.environ["KEPT"]),
    ),
    Row(
        "more options than a request takes",
        lambda p: (
            crowded(p),
            p.edit("alpha", tags=[]),
            p.notion.add_option("Tags", "n100"),
            p.notion.add_option("Tags", "stray"),
        ),
        "backfill --tags --apply --prune",
        "Remove them in Notion by hand, or run without --prune.",
        lambda p, _: p.environ.update(INSTEAD="backfill --tags --apply"),
    ),
    Row(
        "a database of init's that is in the trash",
        lambda p: (
            forget_database(p),
            p.run("init", "--parent", p.notion.root_page_id),
            p.notion.trash_database(list(p.notion.workspace.store.databases)[-1]),
            (p.root / "lukhas-notion.toml").unlink(),
        ),
        "init --parent PAGE",
        "{} To create another database, pass --again.",
        lambda p, _: p.environ.update(MORE="--again"),
    ),
    Row(
        "vocabularies that are too large for a schema",
        lambda p: file(
            p, "vocab/tags.json", json.dumps(["tier:1", *(f"{'x' * 80}{n}" for n in range(1_000))])
        ),
        "doctor",
        "Remove names that nothing uses, or split the vocabulary over properties.",
        lambda p, _: file(p, "vocab/tags.json", '["tier:1", "tier:2"]'),
        warns=True,
    ),
    Row(
        "a scale that Notion does not show",
        lambda p: toml(p, "[properties.Coverage]\nscale = 0.01\n"),
        "doctor",
        "In Notion, edit the property and choose the number format Percent; or take scale out",
        lambda p, _: percent(p),
        warns=True,
    ),
    Row(
        "a format that Notion does not show",
        lambda p: toml(p, '[properties.Coverage]\nformat = "percent"\n'),
        "doctor",
        "The format counts only where this tool adds a property. Choose it in Notion.",
        lambda p, _: (
            percent(p),
            [p.edit(n, testing={"coverage_observed": 0.8}) for n in ("alpha", "beta", "gamma")],
        ),
        warns=True,
    ),
]
