"""The example repository is what its README says, and the packaged schema means what it says."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from lukhas_notion.config.config import Config, Flags, load
from lukhas_notion.manifests.json_values import resolve
from lukhas_notion.plan.property_spec import Feed, sources

Check = Callable[[Path, object], list[str]]
Manifests = dict[str, Any]


@pytest.fixture(scope="module")
def repository(project: Path) -> Path:
    """Return the example repository's folder."""
    return project / "examples" / "modules"


@pytest.fixture(scope="module")
def packaged(project: Path) -> Path:
    """Return the packaged schema's file."""
    return project / "lukhas_notion" / "validate" / "module.manifest.schema.json"


@pytest.fixture(scope="module")
def manifests(repository: Path, read_json: Callable[[Path], Any]) -> Manifests:
    """Return every example manifest by its path in the repository."""
    files = sorted(repository.rglob("module.manifest.json"))
    return {file.relative_to(repository).as_posix(): read_json(file) for file in files}


@pytest.fixture(scope="module")
def config(repository: Path) -> Config:
    """Return the example's configuration, read as the commands read it."""
    return load(Flags(root=str(repository)), {})


class TestRepository:
    def test_it_is_large_enough_to_be_worth_a_demo(self, manifests: Manifests) -> None:
        """There are at least twenty modules in at least five teams."""
        assert len(manifests) >= 20
        assert len({path.split("/")[0] for path in manifests}) >= 5

    def test_the_readme_counts_right(self, project: Path, manifests: Manifests) -> None:
        """The README names the number of modules that are there."""
        text = (project / "examples" / "README.md").read_text(encoding="utf-8")

        assert f"It has {len(manifests)} modules" in text

    def test_every_manifest_is_where_the_configuration_looks(
        self, repository: Path, manifests: Manifests, config: Config
    ) -> None:
        """The include patterns reach every manifest."""
        found = {p.relative_to(repository).as_posix() for i in config.include
                 for p in repository.glob(i)}  # fmt: skip

        assert found == set(manifests)

    def test_every_manifest_is_valid_under_the_packaged_schema(
        self, manifests: Manifests, packaged: Path, config: Config, violations: Check
    ) -> None:
        """No manifest breaks the packaged schema, which is the one the example uses."""
        assert config.schema is None
        assert {p: found for p, m in manifests.items() if (found := violations(packaged, m))} == {}

    def test_names_are_unique(self, manifests: Manifests) -> None:
        """Neither a module's name nor its folder's name appears twice, whatever the case."""
        names = [manifest["module"].casefold() for manifest in manifests.values()]
        folders = [path.split("/")[1].casefold() for path in manifests]

        assert len(set(names)) == len(names)
        assert len(set(folders)) == len(folders)

    def test_names_have_dots_and_hyphens(self, manifests: Manifests) -> None:
        """Some names hold a dot, some a hyphen, and one is a plain word."""
        names = [manifest["module"] for manifest in manifests.values()]

        assert any("." in name for name in names)
        assert any("-" in name for name in names)
        assert any(name.isalpha() for name in names)

    def test_dependencies_are_modules(self, manifests: Manifests) -> None:
        """Every dependency is the name of another module of the repository."""
        names = {manifest["module"] for manifest in manifests.values()}
        for path, manifest in manifests.items():
            needed = set(manifest.get("dependencies", []))

            assert needed <= names - {manifest["module"]}, path

    def test_the_team_is_the_folder(self, manifests: Manifests) -> None:
        """The owning team and the team's tag agree with the folder."""
        for path, manifest in manifests.items():
            team = path.split("/")[0]
            tags = [tag for tag in manifest.get("tags", []) if tag.startswith("team:")]

            assert manifest.get("ownership", {"team": team})["team"] == team, path
            assert tags in ([], [f"team:{team}"]), path

    def test_features_and_tags_are_in_the_vocabularies(
        self, repository: Path, manifests: Manifests, read_json: Callable[[Path], Any]
    ) -> None:
        """No manifest names a feature or a tag that its vocabulary does not have."""
        features = set(read_json(repository / "vocab" / "features.json"))
        tags = set(read_json(repository / "vocab" / "tags.json")["allowed"])
        for path, manifest in manifests.items():
            assert set(manifest.get("features", [])) <= features, path
            assert set(manifest.get("tags", [])) <= tags, path


class TestVariety:
    def test_every_mapped_property_occurs(self, manifests: Manifests, config: Config) -> None:
        """Each property of the default mapping has a value in some manifest."""
        fed = [spec for spec in config.mapping.properties if not (spec.is_sha or spec.is_now)]

        assert [
            s.name for s in fed if not any(sources(s, Feed(m)) for m in manifests.values())
        ] == []

    @pytest.mark.parametrize(
        "pointer",
        ["/features", "/tags", "/apis", "/performance/sla_targets/latency_p95_ms",
         "/testing/coverage_observed", "/_provenance"],
    )  # fmt: skip
    def test_some_manifests_leave_it_out(self, manifests: Manifests, pointer: str) -> None:
        """What is optional is left out somewhere."""
        assert any(resolve(manifest, pointer) is None for manifest in manifests.values())

    def test_provenance_is_common(self, manifests: Manifests) -> None:
        """At least ten manifests say when their values were extracted."""
        stamped = [m for m in manifests.values() if "extracted_at" in str(m.get("_provenance"))]

        assert len(stamped) >= 10

    def test_a_text_is_longer_than_one_text_object(self, manifests: Manifests) -> None:
        """One description at least is over the 2,000 characters Notion accepts at once."""
        assert any(len(manifest["description"]) > 2_000 for manifest in manifests.values())

    def test_an_api_list_is_long(self, manifests: Manifests) -> None:
        """One module at least has more than twenty APIs."""
        assert any(len(manifest.get("apis", {})) > 20 for manifest in manifests.values())

    @pytest.mark.parametrize(
        ("kind", "matches"),
        [
            ("an umlaut", lambda c: c in "äöüß"),
            ("Japanese", lambda c: unicodedata.name(c, "").startswith(("CJK", "HIRAGANA"))),
            ("an emoji beyond the basic plane", lambda c: ord(c) > 0xFFFF),
            ("a combining mark", lambda c: unicodedata.combining(c) > 0),
            ("right-to-left text", lambda c: unicodedata.bidirectional(c) in ("R", "AL")),
        ],
    )
    def test_descriptions_go_beyond_ascii(
        self, manifests: Manifests, kind: str, matches: Callable[[str], bool]
    ) -> None:
        """Each kind of character that tends to break tools is in some description."""
        assert any(matches(c) for m in manifests.values() for c in m["description"]), kind


class TestVocabularies:
    def test_each_feature_is_described(
        self, repository: Path, read_json: Callable[[Path], Any]
    ) -> None:
        """Every canonical feature has a title, a category and synonyms."""
        for name, entry in read_json(repository / "vocab" / "features.json").items():
            assert entry["title"], name
            assert entry["category"], name
            assert entry["synonyms"], name

    def test_a_synonym_means_one_feature(
        self, repository: Path, read_json: Callable[[Path], Any]
    ) -> None:
        """No synonym stands for two features, and none is itself a feature."""
        features = read_json(repository / "vocab" / "features.json")
        synonyms = [word.casefold() for entry in features.values() for word in entry["synonyms"]]

        assert len(set(synonyms)) == len(synonyms)
        assert set(synonyms).isdisjoint(features)

    def test_tags_have_a_namespace(
        self, repository: Path, read_json: Callable[[Path], Any]
    ) -> None:
        """Every tag reads `namespace:name`, and none appears twice."""
        tags = read_json(repository / "vocab" / "tags.json")["allowed"]

        assert [tag for tag in tags if not all(tag.partition(":"))] == []
        assert len(set(tags)) == len(tags)


def described(schema: dict[str, Any], where: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (place, description) of every property and definition below ``schema``."""
    for group in ("properties", "$defs"):
        for name, inner in schema.get(group, {}).items():
            place = f"{where}/{group}/{name}"
            yield place, inner.get("description")
            yield from described(inner, place)


class TestPackagedSchema:
    def test_it_is_a_valid_schema(self, packaged: Path, read_json: Callable[[Path], Any]) -> None:
        """It says that it is a 2020-12 schema, and is one."""
        schema = read_json(packaged)

        assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
        Draft202012Validator.check_schema(schema)

    def test_it_names_no_host(self, packaged: Path, read_json: Callable[[Path], Any]) -> None:
        """Its id is a URN, so that nobody tries to fetch it."""
        assert read_json(packaged)["$id"].startswith("urn:lukhas-notion:")

    def test_every_property_is_described(
        self, packaged: Path, read_json: Callable[[Path], Any]
    ) -> None:
        """No property and no definition is without a description."""
        places = list(described(read_json(packaged)))

        assert len(places) > 20
        assert [place for place, text in places if not text] == []

    @pytest.mark.parametrize(
        "manifest",
        [
            {"module": "m"},
            {"module": "consciousness.core-2", "anything": {"else": [None]}},
            {"module": "m" * 2_000},
            {"module": "m", "schema_version": "3.0.0-rc.1+build.5"},
            {"module": "m", "description": "", "features": [], "tags": [], "apis": {}},
            {"module": "m", "apis": {"A": {"module": "a", "since": "2.1"}, "B": {}}},
            {"module": "m", "performance": {"sla_targets": {"latency_p95_ms": 0, "rps": 9}}},
            {"module": "m", "testing": {"coverage_observed": 100}},
            {"module": "m", "testing": {"observed_at": "2026-01-31T23:59:59.5+01:00"}},
            {"module": "m", "links": {"docs": "./docs/README.md"}},
            {"module": "m", "_provenance": {"apis": {"sha": "a4c1d2", "tool": {}}}},
        ],
    )
    def test_it_accepts(self, packaged: Path, violations: Check, manifest: object) -> None:
        """Every value that an enriched manifest can have is valid."""
        assert violations(packaged, manifest) == []

    @pytest.mark.parametrize(
        ("manifest", "pointer"),
        [
            ([], ""),
            ("m", ""),
            ({}, ""),
            ({"module": ""}, "/module"),
            ({"module": None}, "/module"),
            ({"module": {"name": "m"}}, "/module"),
            ({"module": "m" * 2_001}, "/module"),
            ({"module": "m", "schema_version": "1.0"}, "/schema_version"),
            ({"module": "m", "schema_version": 1}, "/schema_version"),
            ({"module": "m", "description": ["a"]}, "/description"),
            ({"module": "m", "features": "a"}, "/features"),
            ({"module": "m", "features": ["a", "a"]}, "/features"),
            ({"module": "m", "features": ["a", ""]}, "/features/1"),
            ({"module": "m", "tags": [1]}, "/tags/0"),
            ({"module": "m", "tags": {"allowed": []}}, "/tags"),
            ({"module": "m", "apis": [{"name": "A"}]}, "/apis"),
            ({"module": "m", "apis": {"": {}}}, "/apis"),
            ({"module": "m", "apis": {"A": "a.b"}}, "/apis/A"),
            ({"module": "m", "apis": {"A": {"module": 1}}}, "/apis/A/module"),
            ({"module": "m", "apis": {"A": {"doc_ok": "yes"}}}, "/apis/A/doc_ok"),
            ({"module": "m", "apis": {"A": {"import_verified": 1}}}, "/apis/A/import_verified"),
            ({"module": "m", "performance": {"sla_targets": 5}}, "/performance/sla_targets"),
            (
                {"module": "m", "performance": {"sla_targets": {"latency_p95_ms": -1}}},
                "/performance/sla_targets/latency_p95_ms",
            ),
            (
                {"module": "m", "performance": {"observed": {"latency_p95_ms": "85"}}},
                "/performance/observed/latency_p95_ms",
            ),
            (
                {"module": "m", "performance": {"sla_targets": {"availability_percent": 101}}},
                "/performance/sla_targets/availability_percent",
            ),
            ({"module": "m", "testing": {"coverage_observed": 100.1}},
             "/testing/coverage_observed"),
            ({"module": "m", "testing": {"coverage_observed": -0.1}},
             "/testing/coverage_observed"),
            ({"module": "m", "testing": {"coverage_observed": "85%"}},
             "/testing/coverage_observed"),
            ({"module": "m", "testing": {"observed_at": "2026-01-31"}}, "/testing/observed_at"),
            ({"module": "m", "testing": {"observed_at": "2026-02-30T00:00:00Z"}},
             "/testing/observed_at"),
            ({"module": "m", "ownership": {"team": ""}}, "/ownership/team"),
            ({"module": "m", "ownership": {"codeowners": "@a"}}, "/ownership/codeowners"),
            ({"module": "m", "links": {"repo": "otterbike/riding"}}, "/links/repo"),
            ({"module": "m", "links": {"docs": "a b\\c"}}, "/links/docs"),
            ({"module": "m", "dependencies": {"core": "1"}}, "/dependencies"),
            ({"module": "m", "dependencies": ["core", "core"]}, "/dependencies"),
            ({"module": "m", "metadata": []}, "/metadata"),
            ({"module": "m", "_provenance": {"apis": "today"}}, "/_provenance/apis"),
            ({"module": "m", "_provenance": {"apis": {"extracted_at": "today"}}},
             "/_provenance/apis/extracted_at"),
            ({"module": "m", "_provenance": {"apis": {"sha": ""}}}, "/_provenance/apis/sha"),
            ({"module": "m", "$schema": 1}, "/$schema"),
            ({"module": "m", "$schema": "a b"}, "/$schema"),
            ({"module": "m", "performance": "fast"}, "/performance"),
            ({"module": "m", "performance": {"observed": {"latency_p50_ms": -1}}},
             "/performance/observed/latency_p50_ms"),
            ({"module": "m", "performance": {"observed": {"latency_p99_ms": -1}}},
             "/performance/observed/latency_p99_ms"),
            ({"module": "m", "performance": {"observed": {"observed_at": "today"}}},
             "/performance/observed/observed_at"),
            ({"module": "m", "testing": 85}, "/testing"),
            ({"module": "m", "testing": {"coverage_target": 101}}, "/testing/coverage_target"),
            ({"module": "m", "testing": {"observed_at": 1}}, "/testing/observed_at"),
            ({"module": "m", "ownership": "riding"}, "/ownership"),
            ({"module": "m", "ownership": {"team": 1}}, "/ownership/team"),
            ({"module": "m", "ownership": {"codeowners": ["@a", "@a"]}}, "/ownership/codeowners"),
            ({"module": "m", "ownership": {"codeowners": [1]}}, "/ownership/codeowners/0"),
            ({"module": "m", "ownership": {"codeowners": [""]}}, "/ownership/codeowners/0"),
            ({"module": "m", "links": "https://example.com"}, "/links"),
            ({"module": "m", "links": {"repo": 1}}, "/links/repo"),
            ({"module": "m", "links": {"docs": 1}}, "/links/docs"),
            ({"module": "m", "dependencies": [1]}, "/dependencies/0"),
            ({"module": "m", "dependencies": [""]}, "/dependencies/0"),
            ({"module": "m", "apis": {"A": {"module": ""}}}, "/apis/A/module"),
            ({"module": "m", "_provenance": []}, "/_provenance"),
            ({"module": "m", "_provenance": {"apis": {"source": 1}}}, "/_provenance/apis/source"),
            ({"module": "m", "_provenance": {"apis": {"source": ""}}}, "/_provenance/apis/source"),
            ({"module": "m", "_provenance": {"apis": {"sha": 1}}}, "/_provenance/apis/sha"),
        ],
    )  # fmt: skip
    def test_it_rejects(
        self, packaged: Path, violations: Check, manifest: object, pointer: str
    ) -> None:
        """Each of these has exactly one thing wrong, and the schema finds it at its place."""
        assert [found.split(": ")[0] for found in violations(packaged, manifest)] == [pointer]
