"""Make a release: a commit on its branch, whose tree is main's with the image's digest in it.

Usage, from a clean checkout of ``main`` with all branches and tags, in the order in which
``.github/workflows/release.yml`` runs it:

    python scripts/release.py check VERSION
    python scripts/release.py base DIGEST           # "" where none could be had
    python scripts/release.py commit VERSION --image NAME@DIGEST
    python scripts/release.py notes VERSION --image … --base … --repository … --assets FOLDER
    python scripts/release.py move VERSION
    python scripts/release.py announce VERSION      # for main: what `init` pins from now on

``commit`` makes the commit and the tag ``vX.Y.Z``; ``move`` lets ``vX`` and ``vX.Y`` lead to it.
Each release descends from the last one, so that whoever has locked one finds the next one ahead of
it. Nothing is pushed, and no tag of a release is ever moved. The image is built between ``base``
and ``commit``: of the tree that is committed, less ``action.yml``, which is not in the image.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
IMAGE = re.compile(rf"[a-z0-9.-]+(?:/[a-z0-9._-]+)+@{DIGEST.pattern}")
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_BUILT_HERE = "  image: Dockerfile\n"
_FROM = re.compile(r"^(FROM python:[\w.-]+)(@sha256:[0-9a-f]{64})?( AS build)?$", re.MULTILINE)


class ReleaseError(Exception):
    """Why a version cannot be released."""


@dataclass(frozen=True)
class Releases:
    """The releases of a repository.

    Args:
        root: a checkout of ``main`` at the commit to be released.
        remote: where branches and tags are; "" for those of the checkout alone.
    """

    root: Path
    remote: str = "origin"

    def git(self, *words: str, stdin: str | None = None, **environ: str) -> str:
        """Run git and return what it prints.

        Raises:
            ReleaseError: it failed.
        """
        ran = subprocess.run(
            ["git", *words],
            cwd=self.root,
            input=stdin,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise ReleaseError(f"git {' '.join(words[:3])}: {ran.stderr.strip()}")
        return ran.stdout.rstrip("\n")

    def commit_of(self, name: str) -> str:
        """Return the commit that a full name of a reference leads to, "" where there is none."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        except ReleaseError:
            return ""

    def last(self, major: str) -> str:
        """Return the commit of the last release of a major version, "" before the first."""
        place = f"refs/remotes/{self.remote}" if self.remote else "refs/heads"
        return self.commit_of(f"{place}/releases/v{major}")

    def check(self, version: str) -> None:
        """Check that a version can be released from here.

        Raises:
            ReleaseError: it cannot; the message says what to do.
        """
        numbers = _numbers(version)
        package = (self.root / "lukhas_notion" / "__init__.py").read_text(encoding="utf-8")
        if f'__version__ = "{version}"' not in package:
            raise ReleaseError(f"lukhas_notion/__init__.py does not say {version}.")
        changes = (self.root / "CHANGELOG.md").read_text(encoding="utf-8")
        if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changes, re.M):
            raise ReleaseError(f"CHANGELOG.md has no section [{version}] with its date.")
        if self.git("status", "--porcelain", "--untracked-files=no"):
            raise ReleaseError("The checkout has changes.")
        older = [
            tuple(map(int, found.groups())) for found in map(_TAG.fullmatch, self.tags()) if found
        ]
        if numbers in older:
            raise ReleaseError(f"v{version} is released. A release is never made again.")
        if older and numbers < max(older):
            newest = ".".join(map(str, max(older)))
            raise ReleaseError(f"v{newest} is released already, and v{version} would be older.")
        last = self.last(version.partition(".")[0])
        if not last:
            return
        main_of_last = self.git("rev-parse", f"{last}^@").split()[-1]
        if self.git("rev-parse", "HEAD") == main_of_last:
            raise ReleaseError("main has not moved since the last release.")
        if not self.descends("HEAD", main_of_last):
            raise ReleaseError("main does not contain what was released last.")

    def tags(self) -> list[str]:
        """Return the names of all tags."""
        return self.git("tag", "--list").splitlines()

    def descends(self, commit: str, older: str) -> bool:
        """Whether a commit is, or comes after, another one."""
        try:
            self.git("merge-base", "--is-ancestor", older, commit)
        except ReleaseError:
            return False
        return True

    def pin_base(self, digest: str) -> str:
        """Put the digest of the image's base into the Dockerfile; return what to say of it.

        Raises:
            ReleaseError: it is no digest, or the Dockerfile is of another shape.
        """
        file = self.root / "Dockerfile"
        text = file.read_text(encoding="utf-8")
        if not digest:
            pinned = all(found[2] for found in _FROM.finditer(text))
            return "" if pinned else "The base image has no digest: it is the newest of its tag."
        if not DIGEST.fullmatch(digest):
            raise ReleaseError(f"{digest!r} is no digest.")
        made, count = _FROM.subn(rf"\1@{digest}\3", text)
        if count != 2:
            raise ReleaseError("The Dockerfile has not two stages on one base.")
        file.write_text(made, encoding="utf-8", newline="\n")
        return ""

    def commit(self, version: str, image: str) -> str:
        """Make the release's commit and its tag; return the commit.

        Its tree is main's, with the image in ``action.yml`` and the Dockerfile as it was built.

        Raises:
            ReleaseError: the version is released already, or the image has no digest.
        """
        if not IMAGE.fullmatch(image):
            raise ReleaseError(f"{image!r} is no image with a digest.")
        if f"v{version}" in self.tags():
            raise ReleaseError(f"v{version} is released. A release is never made again.")
        action = self.git("show", "HEAD:action.yml") + "\n"
        if action.count(_BUILT_HERE) != 1:
            raise ReleaseError("action.yml does not build its image from the Dockerfile.")
        tree = self._tree(
            {
                "action.yml": action.replace(_BUILT_HERE, f"  image: docker://{image}\n"),
                "Dockerfile": (self.root / "Dockerfile").read_text(encoding="utf-8"),
            }
        )
        major = version.partition(".")[0]
        last = self.last(major)
        parents = [word for each in filter(None, (last, "HEAD")) for word in ("-p", each)]
        message = f"Release {version}\n\nRuns {image}.\n"
        made = self.git("commit-tree", tree, *parents, stdin=message)
        self.git("update-ref", f"refs/heads/releases/v{major}", made)
        self.git("tag", f"v{version}", made)
        return made

    def move(self, version: str) -> tuple[str, str]:
        """Let the two tags of a major and of a minor version lead to a release; return them.

        Raises:
            ReleaseError: one would not move forwards.
        """
        made = self.commit_of(f"refs/tags/v{version}")
        if not made:
            raise ReleaseError(f"v{version} is not released.")
        major, minor, _ = version.split(".")
        names = (f"v{major}", f"v{major}.{minor}")
        for name in names:
            before = self.commit_of(f"refs/tags/{name}")
            if before and not self.descends(made, before):
                raise ReleaseError(f"{name} leads to {before[:12]}, which v{version} lacks.")
        for name in names:
            self.git("tag", "--force", name, made)
        return names

    def announce(self, version: str) -> None:
        """Write down a release, in the working tree, for those that come after it."""
        commit = self.commit_of(f"refs/tags/v{version}")
        if not commit:
            raise ReleaseError(f"v{version} is not released.")
        file = self.root / "lukhas_notion" / "__init__.py"
        text, made = file.read_text(encoding="utf-8"), f'LAST_RELEASE = ("{version}", "{commit}")'
        file.write_text(_LAST.sub(made, text), encoding="utf-8", newline="\n")

    def _tree(self, files: Mapping[str, str]) -> str:
        """Return a tree that is HEAD's, with other contents of some files."""
        with tempfile.TemporaryDirectory() as folder:
            index = str(Path(folder) / "index")
            self.git("read-tree", "HEAD", GIT_INDEX_FILE=index)
            for name, text in files.items():
                blob = self.git("hash-object", "-w", "--stdin", stdin=text)
                entry = f"100644,{blob},{name}"
                self.git("update-index", "--cacheinfo", entry, GIT_INDEX_FILE=index)
            return self.git("write-tree", GIT_INDEX_FILE=index)


_LAST = re.compile(r"^LAST_RELEASE = .*$", re.MULTILINE)
_TAG = re.compile(rf"v{VERSION.pattern}")


def _numbers(version: str) -> tuple[int, ...]:
    found = VERSION.fullmatch(version)
    if not found:
        raise ReleaseError(f"{version!r} is no version: write it as 1.2.3.")
    return tuple(map(int, found.groups()))


def notes(releases: Releases, version: str, about: argparse.Namespace) -> str:
    """Return the text of a Release: what changed, how to pin it, and all digests.

    Args:
        releases: the repository, with the version's tag.
        version: the version.
        about: its ``image``, ``base``, ``repository`` and the folder of its ``assets``.
    """
    text = (releases.root / "CHANGELOG.md").read_text(encoding="utf-8")
    section = rf"^## \[{re.escape(version)}\].*?\n(.*?)(?=^## |\Z)"
    changes = re.search(section, text, re.MULTILINE | re.DOTALL)
    commit = releases.commit_of(f"refs/tags/v{version}")
    files = sorted(Path(about.assets).iterdir())
    digests = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}" for f in files]
    verify = f"`gh attestation verify oci://{about.image} --repo {about.repository}`"
    return "\n".join(
        (
            changes[1].strip() if changes else "",
            "",
            f"Pin it: `uses: {about.repository}@{commit} # v{version}`",
            "",
            f"- Image: `{about.image}`",
            f"- Its base: {f'`{about.base}`' if about.base else 'not pinned by a digest'}",
            "",
            *("```text", *digests, "```"),
            "",
            f"Verify it, and each file: {verify}",
            "",
        )
    )


def main(words: Sequence[str], root: Path, remote: str = "origin") -> int:
    """Run one step and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    steps = parser.add_subparsers(dest="step", required=True)
    for name in ("check", "commit", "move", "notes", "announce"):
        steps.add_parser(name).add_argument("version")
    for name in ("commit", "notes"):
        steps.choices[name].add_argument("--image", required=True, metavar="NAME@DIGEST")
    for name in ("--base", "--repository", "--assets"):
        steps.choices["notes"].add_argument(name, required=True)
    steps.add_parser("base").add_argument("digest")
    args = parser.parse_args(words)
    releases = Releases(root, remote)
    try:
        if args.step == "check":
            releases.check(args.version)
        elif args.step == "base":
            if said := releases.pin_base(args.digest):
                print(f"::warning title=base image::{said}")
        elif args.step == "commit":
            print(releases.commit(args.version, args.image))
        elif args.step == "announce":
            releases.announce(args.version)
        elif args.step == "notes":
            print(notes(releases, args.version, args), end="")
        else:
            print(" ".join(releases.move(args.version)))
    except ReleaseError as error:
        print(f"::error title=release::{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent.parent))
