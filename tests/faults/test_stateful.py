"""Any sequence of edits in the repository and in Notion, with syncs in between."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.faults import Scene

from lukhas_notion.emulator import FaultPlan, FaultRule
from lukhas_notion.plan.plan import ChangeKind

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])
VERSIONS = st.integers(0, 9)
FAULTS = st.sampled_from(["500", "503", "drop", "timeout", "409", "429", "not_json"])


class People(RuleBasedStateMachine):
    """Teams edit manifests, people edit pages, and sync runs now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.scene = Scene(Path(self.folder.name) / "r", FaultPlan())
        self.by_hand: dict[str, str] = {}
        self.in_sync = False

    @initialize()
    def begin(self) -> None:
        """Begin with one module and all options."""
        self.scene.options_by_hand()
        self.scene.write("alpha", 0)

    @rule(name=NAMES, version=VERSIONS)
    def edit_manifest(self, name: str, version: int) -> None:
        """Write or change a manifest, as a team does."""
        self.scene.write(name, version)
        self.in_sync = False

    @precondition(lambda self: len(self.scene.wanted) > 1)
    @rule(data=st.data())
    def delete_manifest(self, data: st.DataObject) -> None:
        """Delete a manifest, as a team does."""
        name = data.draw(st.sampled_from(sorted(self.scene.wanted)))
        (self.scene.root / name / "module.manifest.json").unlink()
        del self.scene.wanted[name]
        self.in_sync = False

    @precondition(lambda self: self.pages())
    @rule(data=st.data(), text=st.text(max_size=20).filter(lambda t: "\0" not in t))
    def edit_page(self, data: st.DataObject, text: str) -> None:
        """Somebody edits a page in Notion."""
        page = data.draw(st.sampled_from(self.pages()))
        text = "".join(c for c in text if not 0xD800 <= ord(c) < 0xE000)
        self.scene.notion.edit_page(page["id"], {"Description": text})
        self.in_sync = False

    @precondition(lambda self: self.pages())
    @rule(data=st.data())
    def trash_page(self, data: st.DataObject) -> None:
        """Somebody throws a page away."""
        page = data.draw(st.sampled_from(self.pages()))
        self.scene.notion.trash_page(page["id"])
        self.by_hand.pop(page["id"], None)
        self.in_sync = False

    @rule(number=st.integers(0, 99))
    def make_page(self, number: int) -> None:
        """Somebody makes a page of their own."""
        values = {"Module": f"by hand {number}", "Description": "Mine."}
        made = self.scene.notion.create_page(self.scene.source, values)
        self.by_hand[made] = str(values["Module"])

    @rule(fault=FAULTS, on=st.sampled_from(["pages.create", "pages.update", "any"]))
    def sync_under_a_fault(self, fault: str, on: str) -> None:
        """Sync under a fault, and see that no promise is broken."""
        when = "before" if fault == "429" else "after"
        plan = FaultPlan((FaultRule(on, fault, (1, 3), when=when),))  # type: ignore[arg-type]
        self.scene.settle()
        self.scene.notion.break_by(plan)
        ended = self.scene.sync(repair=True)
        self.scene.notion.heal()
        assert self.scene.broken_promises(ended) == []

    @rule()
    def sync(self) -> None:
        """Sync, see that Notion says what the repository says, and that a second sync is idle."""
        self.scene.settle()
        ended = self.scene.sync(repair=True)
        assert ended.code == 0, ended
        assert self.scene.wrong() == set()
        self.scene.settle()
        again = self.scene.sync(repair=True)
        assert again.result is not None
        assert again.result.plan is not None
        assert again.result.plan.is_empty
        assert again.result.plan.count(ChangeKind.SKIP) == len(self.scene.wanted)
        self.in_sync = True

    @invariant()
    def no_page_twice(self) -> None:
        """No module ever has two pages."""
        titles = Counter(p["Module"] for p in self.pages() if p["id"] not in self.by_hand)
        assert all(count == 1 for count in titles.values()), titles

    @invariant()
    def what_is_by_hand_stays(self) -> None:
        """Pages that people made are as they made them, unless they changed them."""
        there = {p["id"]: p["Module"] for p in self.pages()}
        for page, title in self.by_hand.items():
            assert there.get(page) == title

    def pages(self) -> list[dict[str, Any]]:
        """Return the pages in Notion."""
        return list(self.scene.notion.pages())

    def teardown(self) -> None:
        """Clean up."""
        self.scene.close()
        self.folder.cleanup()


People.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class TestPeople(People.TestCase):  # type: ignore[misc,name-defined,unused-ignore]
    """After any edits by people and teams, sync converges and touches only managed pages."""
