"""What relations name is read once, and pages that were read already are not requested again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from support.core import MAPPING, page, schema, want

from lukhas_notion.config.config import Flags, load
from lukhas_notion.notion.answers import TitledPage
from lukhas_notion.plan.database import Page, PropertyAddition, PropertySchema, Schema
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.sync.references import RelationTargets, with_sources
from lukhas_notion.util.errors import NotFound

NEEDS = PropertySpec("Needs", PropertyType.RELATION, ("/needs",))
TEAM = PropertySpec("Team", PropertyType.RELATION, ("/team",), target="teams")
RELATED = replace(MAPPING, properties=(*MAPPING.properties, NEEDS, TEAM))


@dataclass
class Notion:
    """A reader that notes what is requested."""

    pages: Sequence[Page] = ()
    teams: Mapping[str, str] = field(default_factory=dict)
    shared: bool = True
    asked: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def reader(self) -> Notion:
        """The reader itself."""
        return self

    def completed(self, pages: Sequence[Page]) -> list[Page]:
        """Return pages with longer relations."""
        self.asked += [("completed", each.id) for each in pages]
        return [
            replace(each, values={**each.values, "Needs": ("page-a", "page-b")}, shortened={})
            for each in pages
        ]

    def by_title(self, titles: Sequence[str], _: PropertyMapping) -> list[Page]:
        """Return the pages with these titles."""
        self.asked.append(("by_title", list(titles)))
        return [each for each in self.pages if each.values["Module"] in titles]

    def pages_by_id(self, ids: Sequence[str], _: PropertyMapping) -> dict[str, Page | None]:
        """Return pages by their ids."""
        self.asked.append(("each", list(ids)))
        found = {each.id: each for each in self.pages}
        return {page_id: found.get(page_id) for page_id in ids}

    def every_page(self, _: PropertyMapping) -> list[Page]:
        """Return all pages."""
        self.asked.append(("every_page", None))
        return list(self.pages)

    def titled(self, source: str, titles: Sequence[str]) -> list[TitledPage]:
        """Return the teams with these titles."""
        if not self.shared:
            raise NotFound("not shared")
        self.asked.append((source, list(titles)))
        return [TitledPage(*team) for team in self.teams.items() if team[1] in titles]

    def titles_of(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the titles of teams."""
        return {page_id: self.teams[page_id] for page_id in ids if page_id in self.teams}

    def source_of(self, database: str) -> str:
        """Return a data source."""
        return f"source of {database}"


def related_schema() -> Schema:
    """Return the schema of the database with the targets of its relations."""
    made = schema(RELATED)
    leads = {"Needs": ("source", "database"), "Team": ("team-source", "teams")}
    properties: dict[str, PropertySchema] = {
        name: replace(each, related=leads.get(name, ())) for name, each in made.properties.items()
    }
    return replace(made, properties=properties)


def read(
    root: Path,
    notion: Notion,
    desired: list[Any],
    pages: Sequence[Page] = (),
    *,
    titles: Mapping[str, str] | None = None,
    known: Sequence[Page] = (),
    assumes: bool = False,
    mapping: PropertyMapping = RELATED,
) -> RelationTargets:
    """Read what modules and their pages name."""
    made = RelationTargets(
        load(Flags(root=str(root)), {}),
        cast("Any", notion),
        related_schema(),
        mapping,
        desired,
        {each.id: each for each in pages},
    )
    made.resolve()
    made.read([*known, *pages], titles or {}, assumes=assumes)
    return made


def test_without_relations_nothing_is_asked(tmp_path: Path) -> None:
    """A mapping that has none costs no request."""
    notion = Notion()
    read(tmp_path, notion, [want("a")], mapping=MAPPING)
    assert notion.asked == []


def test_what_was_read_is_not_asked_for_again(tmp_path: Path) -> None:
    """A run over everything has the pages of all modules."""
    a, web = want("a"), want("web", Needs=("a",))
    held = page(web, Needs=("page-a",))
    notion = Notion()
    found = read(tmp_path, notion, [a, web], [page(a), held])
    assert notion.asked == [("team-source", [])]
    assert (found.refused, found.notices) == ([], [])


def test_names_of_modules_that_were_not_read_are_asked_for_at_once(tmp_path: Path) -> None:
    """They are read by title, and what a page holds in addition by id."""
    web = want("web", Needs=("a", "b"))
    held = page(web, Needs=("page-a", "page-c"))
    notion = Notion([page(want(name)) for name in "abc"])
    found = read(tmp_path, notion, [web], [held], titles={"a": "a", "b": "b"}, assumes=True)
    assert notion.asked == [("team-source", []), ("by_title", ["a", "b"]), ("each", ["page-c"])]
    assert {each.id for each in found.targets.pages} == {"page-a", "page-b", "page-c"}
    assert found.targets.exists("anything")


def test_a_page_that_was_renamed_is_looked_for_among_all(tmp_path: Path) -> None:
    """All pages are read if the run writes and no page has the module's title."""
    renamed = page(want("a"), Module="A service")
    notion = Notion([renamed])
    web = want("web", Needs=("a",))
    found = read(tmp_path, notion, [web], titles={"a": "a"})
    assert ("every_page", None) in notion.asked
    assert found.targets.pages == [renamed]


def test_a_relation_that_is_shown_in_part_is_read_whole(tmp_path: Path) -> None:
    """A relation is read completely before it is compared."""
    web = want("web", Needs=("a", "b"))
    short = replace(page(web, Needs=("page-a",)), shortened={"Needs": "id"})
    found = read(tmp_path, Notion(), [web], [short], known=[page(want("a")), page(want("b"))])
    assert found.pages["page-web"].values["Needs"] == ("page-a", "page-b")


def test_pages_that_nobody_may_read_are_left_out_and_told(tmp_path: Path) -> None:
    """Pages that cannot be read are not an edit that a repair could undo."""
    web = want("web", Needs=())
    found = read(tmp_path, Notion(), [web], [page(web, Needs=("hidden",))])
    assert found.pages["page-web"].values["Needs"] == ()
    assert found.notices == ["'Needs' holds 1 page that cannot be read: left alone."]


@pytest.mark.parametrize(
    ("teams", "rule"),
    [({}, "relation.unknown"), ({"t1": "Web", "t2": "Web"}, "relation.ambiguous")],
)
def test_a_title_that_is_not_there_once_is_refused(
    tmp_path: Path, teams: dict[str, str], rule: str
) -> None:
    """The module is not planned, but the others are."""
    good, bad = want("a"), want("web", Team=("Web",))
    found = read(tmp_path, Notion(teams=teams), [good, bad])
    assert [each.rule for each in found.refused] == [rule]
    assert found.desired == [good]


def test_titles_that_are_not_there_can_be_left_out(tmp_path: Path) -> None:
    """Titles that do not exist are left out with a notice that names module, relation and title."""
    lenient = replace(TEAM, leaves_out=True)
    mapping = replace(MAPPING, properties=(*MAPPING.properties, lenient))
    found = read(tmp_path, Notion(), [want("web", Team=("Web",))], mapping=mapping)
    assert found.desired[0].values["Team"] == ()
    assert "leaves out Web" in found.notices[0]


def test_a_database_that_is_not_shared_takes_its_relation_out_of_the_plan(tmp_path: Path) -> None:
    """A relation to a database that is not shared is not compared."""
    found = read(tmp_path, Notion(shared=False), [want("web", Team=("Web",))])
    assert "Team" not in found.mapping.types
    assert "not shared with the integration" in found.notices[0]


def test_a_new_relation_knows_where_it_leads() -> None:
    """A new relation has a data source as target, this one or another; other types have none."""
    plain = PropertySpec("Stage", PropertyType.SELECT, ("/s",))
    columns = [PropertyAddition(each) for each in (NEEDS, TEAM, plain)]
    made = with_sources(columns, schema(), cast("Any", Notion()))
    assert [each.related for each in made] == ["source", "source of teams", ""]
