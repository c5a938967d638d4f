"""Two releases, from check to moved tags, on repositories of this machine.

A stand-in takes the place of the registry of images: an image's digest is the hash of what it is
built of. Git, and everything that ``.github/workflows/release.yml`` asks of it, is real.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from lukhas_notion.setup.files import pinned

PROJECT = Path(__file__).resolve().parents[2]
IMAGE = "ghcr.example/octo/action"
BASE = f"sha256:{'b' * 64}"
#: What the image is built of, here: the Dockerfile and the code.
CONTEXT = ("Dockerfile", "lukhas_notion/__init__.py", "lukhas_notion/code.py")


def load() -> ModuleType:
    """Import the script."""
    spec = importlib.util.spec_from_file_location("release", PROJECT / "scripts" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look for it there
    spec.loader.exec_module(module)
    return module


release = load()


@dataclass
class Registry:
    """Keeps what images were built of, by their digests."""

    images: dict[str, bytes] = field(default_factory=dict)

    def push(self, root: Path) -> str:
        """Build an image of a working tree and return its name with its digest."""
        content = b"\0".join((root / name).read_bytes() for name in CONTEXT)
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.images[digest] = content
        return f"{IMAGE}@{digest}"


@dataclass
class Project:
    """A project with a remote, and the workflow's steps on it."""

    folder: Path
    registry: Registry = field(default_factory=Registry)

    def __post_init__(self) -> None:
        """Make the remote, and a main with nothing released."""
        self.remote, self.root = self.folder / "remote.git", self.folder / "main"
        for place, words in ((self.remote, ("--bare",)), (self.root, ())):
            place.mkdir()
            self.git("init", "--quiet", "--initial-branch=main", *words, at=place)
        self.git("remote", "add", "origin", str(self.remote))
        for name in ("action.yml", "Dockerfile"):
            (self.root / name).write_bytes((PROJECT / name).read_bytes())
        (self.root / "lukhas_notion").mkdir()
        self.change("1.0.0", "first")

    def git(self, *words: str, at: Path | None = None) -> str:
        """Run git and return what it prints."""
        who = ("-c", "user.name=octo", "-c", "user.email=octo@example.org")
        ran = subprocess.run(
            ["git", *who, *words],
            cwd=at or self.root,
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout.rstrip("\n")

    def change(self, version: str, code: str) -> None:
        """Commit to main, and push it: other code, and a version to release."""
        (self.root / "lukhas_notion/code.py").write_text(f"{code}\n")
        said = f'__version__ = "{version}"\nLAST_RELEASE = ("", "")\n'
        (self.root / "lukhas_notion/__init__.py").write_text(said)
        (self.root / "CHANGELOG.md").write_text(
            f"# Changelog\n\n## [Unreleased]\n\n## [{version}] - 2026-12-01\n\n- {code}\n"
        )
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", code)
        self.git("push", "--quiet", "origin", "main")

    def run(self, *words: str, root: Path | None = None) -> int:
        """Run a step of the script."""
        code: int = release.main(words, root or self.root)
        return code

    def release(self, version: str, base: str = BASE) -> str:
        """Do what the workflow does, each job in a fresh clone; return the release's commit."""
        building, releasing = self._clone(f"{version}-image"), self._clone(f"{version}-release")
        assert self.run("check", version, root=building) == 0
        assert self.run("base", base, root=building) == 0
        image = self.registry.push(building)
        assert self.run("check", version, root=releasing) == 0
        assert self.run("base", base, root=releasing) == 0
        assert self.run("commit", version, "--image", image, root=releasing) == 0
        self.git("push", "--quiet", "origin", "releases/v1", f"refs/tags/v{version}", at=releasing)
        assert self.run("move", version, root=releasing) == 0
        for tag in ("v1", f"v{version.rpartition('.')[0]}"):
            self.git("push", "--quiet", "--force", "origin", f"refs/tags/{tag}", at=releasing)
        return self.commit(f"v{version}")

    def _clone(self, name: str) -> Path:
        place = self.folder / name
        self.git("clone", "--quiet", str(self.remote), str(place), at=self.folder)
        for key, value in (("user.name", "octo"), ("user.email", "octo@example.org")):
            self.git("config", key, value, at=place)
        return place

    def commit(self, name: str) -> str:
        """Return the commit that a tag or branch of the remote leads to."""
        return self.git("rev-parse", f"{name}^{{commit}}", at=self.remote)

    def image(self, commit: str) -> str:
        """Return the digest of the image that a commit runs."""
        text = self.git("show", f"{commit}:action.yml", at=self.remote)
        [digest] = re.findall(rf"image: docker://{IMAGE}@(sha256:[0-9a-f]{{64}})", text)
        return str(digest)

    def context(self, commit: str) -> bytes:
        """Return what an image of a commit's tree is built of."""
        texts = [self.git("show", f"{commit}:{name}", at=self.remote) for name in CONTEXT]
        return b"\0".join(f"{text}\n".encode() for text in texts)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Make a project; git reads no settings of this machine's."""
    for name, value in (("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")):
        monkeypatch.setenv(name, value)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "octo")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "octo@example.org")
    return Project(tmp_path)


@pytest.fixture
def both(project: Project) -> tuple[Project, str, str]:
    """Make two releases, with work on main in between."""
    first = project.release("1.0.0")
    project.change("1.1.0", "second")
    return project, first, project.release("1.1.0")


def test_a_release_descends_from_the_last_one_and_from_main(both: tuple[Project, str, str]) -> None:
    """A locked commit is found on the branch, and the next release is ahead of it."""
    project, first, second = both
    assert project.commit("releases/v1") == second
    parents = project.git("show", "--no-patch", "--format=%P", second, at=project.remote).split()
    assert parents == [first, project.commit("main")]
    branches = project.git("branch", "--contains", first, at=project.remote)
    assert "releases/v1" in branches
    assert "main" not in branches


def test_a_release_runs_the_image_of_its_own_tree(both: tuple[Project, str, str]) -> None:
    """What the registry has under the digest was built of the commit's files."""
    project, *commits = both
    for commit in commits:
        assert project.registry.images[project.image(commit)] == project.context(commit)


def test_a_pin_of_the_older_release_still_holds(both: tuple[Project, str, str]) -> None:
    """Its tag leads where it led, its tree runs the older image, and that image is there."""
    project, first, second = both
    assert project.commit("v1.0.0") == first
    assert project.image(first) != project.image(second)
    assert b"first" in project.registry.images[project.image(first)]


def test_only_the_short_tags_move_and_only_forwards(both: tuple[Project, str, str]) -> None:
    """``v1`` is the newest, ``v1.0`` the newest of its kind."""
    project, first, second = both
    names = ("v1", "v1.0", "v1.1", "v1.1.0")
    assert [project.commit(name) for name in names] == [second, first, second, second]


def test_the_tree_is_mains_but_for_two_files(both: tuple[Project, str, str]) -> None:
    """The image in action.yml, and the Dockerfile as it was built: nothing else differs."""
    project, _, second = both
    changed = project.git("diff", "--name-only", "main", second, at=project.remote).split()
    assert changed == ["Dockerfile", "action.yml"]
    assert f"@{BASE}" in project.git("show", f"{second}:Dockerfile", at=project.remote)
    assert "image: Dockerfile" in project.git("show", "main:action.yml", at=project.remote)


def test_mains_changes_beside_the_digest_are_no_conflict(project: Project) -> None:
    """The line above the image changes on main; the next release has it, and its own digest."""
    project.release("1.0.0")
    file = project.root / "action.yml"
    file.write_text(file.read_text().replace("  using: docker\n", "  using: docker # so it is\n"))
    project.change("1.0.1", "second")
    text = project.git("show", f"{project.release('1.0.1')}:action.yml", at=project.remote)
    assert "  using: docker # so it is\n  image: docker://" in text


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("1.1.0", "v1.1.0 is released"),
        ("1.0.9", "does not say 1.0.9"),
        ("1.1", "write it as 1.2.3"),
        ("v1.2.0", "write it as 1.2.3"),
    ],
)
def test_a_version_that_cannot_be_released_is_refused(
    both: tuple[Project, str, str], version: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twice, not the package's, or no version: nothing is made."""
    project = both[0]
    clone = project._clone("again")
    assert project.run("check", version, root=clone) == 1
    assert said in capsys.readouterr().err


def test_an_older_version_is_not_released_after_a_newer_one(
    both: tuple[Project, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The short tags would go back."""
    project = both[0]
    project.change("1.0.5", "third")
    assert project.run("check", "1.0.5", root=project._clone("older")) == 1
    assert "v1.1.0 is released already" in capsys.readouterr().err


def test_a_main_that_lost_the_last_release_is_refused(
    both: tuple[Project, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """No release goes out without what was in the last one, however main was rewritten."""
    project = both[0]
    project.git("checkout", "--quiet", "--orphan", "rewritten")
    project.git("commit", "--quiet", "--message", "all anew")
    project.git("branch", "--force", "main")
    project.git("checkout", "--quiet", "main")
    project.git("push", "--quiet", "--force", "origin", "main")
    project.change("1.2.0", "third")
    assert project.run("check", "1.2.0", root=project._clone("lost")) == 1
    assert "main does not contain what was released last" in capsys.readouterr().err


def test_a_released_tag_is_never_made_again(both: tuple[Project, str, str]) -> None:
    """Neither by the script nor by a push: the remote refuses a tag that is there."""
    project = both[0]
    clone = project._clone("again")
    image = f"{IMAGE}@sha256:{'0' * 64}"
    assert project.run("commit", "1.1.0", "--image", image, root=clone) == 1
    project.git("tag", "--force", "v1.1.0", "HEAD", at=clone)
    with pytest.raises(subprocess.CalledProcessError):
        project.git("push", "origin", "refs/tags/v1.1.0", at=clone)


def test_a_short_tag_that_leads_elsewhere_is_not_moved(
    both: tuple[Project, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody moved ``v1`` by hand: going on from there would be a jump sideways."""
    project = both[0]
    clone = project._clone("by-hand")
    project.git("tag", "--force", "v1", "HEAD", at=clone)
    project.git("commit", "--quiet", "--allow-empty", "--message", "x", at=clone)
    project.git("tag", "--force", "v1", "HEAD", at=clone)
    assert project.run("move", "1.1.0", root=clone) == 1
    assert "v1 leads to" in capsys.readouterr().err


@pytest.mark.parametrize("image", ["ghcr.io/octo/action:v1", "action", f"x@sha256:{'0' * 63}"])
def test_an_image_without_a_digest_is_not_released(project: Project, image: str) -> None:
    """What runs has to be what was built."""
    assert project.run("commit", "1.0.0", "--image", image) == 1
    assert project.git("tag", "--list") == ""


def test_a_base_without_a_digest_is_told(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the registry named none the build says so, and goes on."""
    commit = project.release("1.0.0", base="")
    assert "::warning title=base image::The base image has no digest" in capsys.readouterr().out
    assert project.registry.images[project.image(commit)] == project.context(commit)


def test_a_base_that_is_pinned_already_is_pinned_anew(project: Project) -> None:
    """Dependabot's digest gives way to the newest, and without one it stays."""
    newer = f"sha256:{'c' * 64}"
    for digest, held in ((BASE, BASE), (newer, newer), ("", newer)):
        assert project.run("base", digest) == 0
        text = (project.root / "Dockerfile").read_text()
        assert re.findall(r"@(sha256:\w+)", text) == [held, held]
    assert project.run("base", "sha256:short") == 1


def test_the_notes_say_how_to_pin_and_to_verify(
    both: tuple[Project, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commit with the version as a comment, every file's digest, and what changed."""
    project, _, second = both
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "a.whl").write_bytes(b"wheel")
    words = ("--image", f"{IMAGE}@{BASE}", "--base", "", "--repository", "octo/action")
    clone = project._clone("notes")
    capsys.readouterr()
    assert project.run("notes", "1.1.0", *words, "--assets", str(assets), root=clone) == 0
    said = capsys.readouterr().out
    assert said.startswith("- second\n")
    assert f"uses: octo/action@{second} # v1.1.0" in said
    assert f"{hashlib.sha256(b'wheel').hexdigest()}  a.whl" in said
    assert "not pinned by a digest" in said


def test_a_release_is_announced_to_those_that_come_after(both: tuple[Project, str, str]) -> None:
    """What `init` pins is its version and its commit, and one that is not released is refused."""
    project, _, second = both
    clone = project._clone("announce")
    assert project.run("announce", "1.1.0", root=clone) == 0
    text = (clone / "lukhas_notion/__init__.py").read_text()
    assert f'LAST_RELEASE = ("1.1.0", "{second}")\n' in text
    assert project.run("announce", "9.9.9", root=clone) == 1


@pytest.mark.parametrize("name", ["notion-apply.yml", "notion-preview.yml", "notion-verify.yml"])
def test_init_pins_the_last_release_by_its_commit(name: str) -> None:
    """With the version as a comment that update tools read; before the first there is none."""
    workflow = (PROJECT / "examples/workflows" / name).read_text(encoding="utf-8")
    made = pinned(workflow, "1.2.3", "c" * 40)
    assert re.search(
        rf"uses: lukhas-notion/lukhas-notion(/composite)?@{'c' * 40} # v1\.2\.3$", made, re.M
    )
    assert "lukhas-notion@v" not in made
    assert pinned(workflow, "", "") == workflow


def test_the_package_names_its_last_release_as_the_script_writes_it() -> None:
    """One line, which a release's proposal replaces."""
    text = (PROJECT / "lukhas_notion" / "__init__.py").read_text(encoding="utf-8")
    assert len(release._LAST.findall(text)) == 1


def test_the_workflow_runs_the_steps_in_their_order() -> None:
    """It runs what is tested here: check, base, build, commit, push, notes, Release, move."""
    text = (PROJECT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    order = [
        'release.py check "$VERSION"',
        "-m hatchling build",
        'release.py base "$digest"',
        "docker/build-push-action@",
        'release.py commit "$VERSION" --image "$IMAGE"',
        'git push origin "releases/v${VERSION%%.*}" "refs/tags/v$VERSION"',
        'release.py notes "$VERSION"',
        "gh release create",
        'release.py move "$VERSION"',
        'release.py announce "$VERSION"',
        "gh-action-pypi-publish@",
    ]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert text.count("push --force") == 1, "only the short tags are moved"
    assert "environment: release" in text


def test_wheel_and_sdist_are_the_same_bytes_twice(tmp_path: Path) -> None:
    """Built from two checkouts, at two places, with the commit's time, they do not differ."""
    pytest.importorskip("hatchling", reason="the extra `test` brings what builds")
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    built = []
    for place in ("one", "two"):
        for name in filter(None, files):
            source = PROJECT / name
            if source.is_file():
                target = tmp_path / place / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path / f"{place}-dist")],
            cwd=tmp_path / place,
            env={"SOURCE_DATE_EPOCH": "1764547200", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
        )
        made = sorted((tmp_path / f"{place}-dist").iterdir())
        built.append({file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in made})
    assert len(built[0]) == 2
    assert built[0] == built[1]
