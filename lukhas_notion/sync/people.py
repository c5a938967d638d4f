"""The people that a plan names: found among the users of the workspace, who are read once a run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lukhas_notion.config.config import Config
from lukhas_notion.manifests.manifest import Manifest, read_manifest
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.people import Directory, People
from lukhas_notion.plan.property_spec import Feed, PropertySpec, sources
from lukhas_notion.plan.relations import Targets
from lukhas_notion.plan.values import PropertyType, names_of
from lukhas_notion.sync.prefetch import Prefetch
from lukhas_notion.util.errors import Forbidden, SetupError

UNKNOWN = "people.unknown"
#: How an integration comes to see the users and their addresses.
CAPABILITY = (
    "In the integration's settings in Notion, under Capabilities, choose the user information "
    "that includes email addresses."
)
_KIND = People()


@dataclass(slots=True)
class PeopleTargets:
    """Whom the properties of a plan name.

    Args:
        config: the manifests.
        mapping: the properties.
        desired: the modules that are planned.

    Attributes:
        refused: names that nobody in the workspace has.
        notices: what a person should know.
    """

    config: Config
    mapping: PropertyMapping
    desired: list[Desired]
    refused: list[Violation] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    _directory: Directory = field(default_factory=Directory)

    @property
    def specs(self) -> list[PropertySpec]:
        """The properties that name people."""
        return [p for p in self.mapping.properties if p.type is PropertyType.PEOPLE]

    def resolve(self, prefetch: Prefetch) -> None:
        """Read the users if any property names some, and give each person one name.

        Raises:
            SetupError: the integration may not read users.
        """
        if not self.specs:
            return
        try:
            self._directory = prefetch.directory()
        except Forbidden as error:
            names = " and ".join(f"'{spec.name}'" for spec in self.specs)
            said = f"{names} cannot be compared: Notion does not show the users ({error.message})."
            raise SetupError(said, CAPABILITY) from None
        for spec in self.specs:
            self._resolve(spec, self._directory)

    def added_to(self, targets: Targets) -> Targets:
        """Return what relations name, with the people."""
        ids = dict.fromkeys([spec.name for spec in self.specs], self._directory.ids)
        return replace(
            targets,
            others={**targets.others, **ids},
            titles={**targets.titles, **self._directory.names},
        )

    def _resolve(self, spec: PropertySpec, directory: Directory) -> None:
        """Give each person one name, and split off the modules that name nobody."""
        kept = []
        for want in self.desired:
            named = names_of(want.values.get(spec.name))
            found = {name: directory.canonical(name) for name in named}
            lost = [name for name, known in found.items() if known is None]
            if lost and not spec.leaves_out:
                said = [self._unknown(want.path, spec, name, directory) for name in lost]
                self.refused += said
                continue
            if lost:
                self.notices.append(
                    f"{want.module}: '{spec.name}' leaves out {', '.join(lost)}: nobody in the "
                    "workspace has this address or id."
                )
            left = want.leaving_out(spec.name, lost) if lost else want
            people = tuple(dict.fromkeys(filter(None, found.values())))
            kept.append(replace(left, values={**left.values, spec.name: people}))
        self.desired = kept

    def _unknown(self, path: str, spec: PropertySpec, name: str, directory: Directory) -> Violation:
        line, column, pointer = 1, 1, ""
        manifest = read_manifest(self.config.root, path, self.config.form)
        if isinstance(manifest, Manifest):
            named = _KIND.names(spec, sources(spec, Feed(manifest.value)))
            pointer = next((place for place, each in named if each == name), "")
            line, column = manifest.place(pointer)
        said = f"{spec.name}: nobody in the workspace is known as {name!r}"
        remedy = (
            "Invite the person to the workspace, or correct the name. To leave such names out, "
            f'write missing = "leave-out" under [properties."{spec.name}"] in lukhas-notion.toml.'
        )
        if not directory.shows_addresses:
            said += ", and Notion shows nobody's e-mail address"
            remedy = CAPABILITY
        return Violation(path, line, column, pointer, UNKNOWN, said, remedy).in_file()
