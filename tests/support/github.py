"""A GitHub on this machine: npm's ``emulate`` behind a proxy, and what tests do with it.

.. code-block:: python

    with GitHubStandIn(folder) as github:
        github.create_branch("topic")
        github.commit_files("topic", {"a/module.manifest.json": "{}"})
        pull = github.open_pull("topic")
        github.fail(Fault("POST", r".*/comments", 502, after=True))
"""

from __future__ import annotations

import base64
import http.client
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lukhas_notion.github.connection import open_github
from support.github_proxy import Fault, Proxy, Seen
from support.ports import free_port
from support.threads import PATIENCE

if TYPE_CHECKING:
    from github import Github
    from github.PullRequest import PullRequest
    from github.Repository import Repository

__all__ = ["Fault", "GitHubStandIn", "Seen", "missing", "node_modules"]

VERSION = "0.11.2"
_ROOT = Path(__file__).resolve().parents[2]
_SEED = """\
tokens:
  {owner}: {{login: octo, scopes: [repo]}}
  {actions}: {{login: "github-actions[bot]", scopes: [repo]}}
  {stranger}: {{login: stranger, scopes: [repo]}}
  {app}: {{login: "notion-preview[bot]", scopes: [repo]}}
github:
  users:
    - {{login: octo}}
    - {{login: "github-actions[bot]"}}
    - {{login: stranger}}
    - {{login: "notion-preview[bot]"}}
  repos: [{{owner: octo, name: manifests, auto_init: true}}]
"""


def node_modules() -> Path:
    """Return where npm packages for tests are: ``LUKHAS_NOTION_NODE_MODULES``, else the root's."""
    return Path(os.environ.get("LUKHAS_NOTION_NODE_MODULES") or _ROOT / "node_modules")


def missing() -> str:
    """Return why the stand-in cannot be started here, "" when it can."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (node_modules() / "emulate" / "dist" / "index.js").exists():
        return f"npm's emulate@{VERSION} is not installed in {node_modules()}"
    return ""


class GitHubStandIn:
    """One GitHub with one repository, :attr:`repository`, for the time of a ``with`` block.

    Four tokens open it: the owner's, a stranger's, a GitHub App's, and a workflow's own, which may
    comment but not write to branches until :meth:`allow_actions_to_write` is called.

    Args:
        folder: for its settings and its log.
    """

    repository = "octo/manifests"
    owner_token = "ghp_owner"
    actions_token = "ghs_actions"
    stranger_token = "ghp_stranger"
    app_token = "ghs_app"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._proxy = Proxy(self.actions_token, self.app_token)
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: list[Github] = []
        self.base_url = self._proxy.base_url

    def __enter__(self) -> Self:
        seed = self._folder / "seed.yaml"
        seed.write_text(
            _SEED.format(
                owner=self.owner_token,
                actions=self.actions_token,
                stranger=self.stranger_token,
                app=self.app_token,
            )
        )
        port = free_port()
        with (self._folder / "emulate.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *("node", str(node_modules() / "emulate" / "dist" / "index.js"), "start"),
                    *("--service", "github", "--port", str(port), "--seed", str(seed)),
                    *("--base-url", self.base_url),
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._proxy.start(port)
        self._await(port)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for client in self._clients:
            client.close()
        self._proxy.stop()
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(PATIENCE)

    def _await(self, port: int) -> None:
        """Wait until the stand-in answers."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            try:
                connection.request("GET", f"/repos/{self.repository}")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.05)
            finally:
                connection.close()
        self.__exit__(None, None, None)
        raise RuntimeError((self._folder / "emulate.log").read_text())

    # --- what tests ask of the wire -------------------------------------------------------

    @property
    def seen(self) -> list[Seen]:
        """Every request since the start, or since the list was cleared."""
        return self._proxy.seen

    def fail(self, *faults: Fault) -> None:
        """Let requests fail from now on; without faults, none does any more."""
        self._proxy.faults = list(faults)

    def count_changed_files(self, count: int | None) -> None:
        """Let pull requests say that they change ``count`` files; None: what they do change."""
        self._proxy.pulls.changed_files = count

    def client(self, token: str = "") -> Github:
        """Return the product's own client with a token (the owner's), without its pauses."""
        client = open_github(token or self.owner_token, api_url=self.base_url, pause=0)
        self._clients.append(client)
        return client

    def repo(self, token: str = "") -> Repository:
        """Return the repository as a token's owner sees it."""
        return self.client(token).get_repo(self.repository)

    # --- what people do in the repository -------------------------------------------------

    def allow_actions_to_write(self) -> None:
        """Give the workflow's token ``contents: write``."""
        self.repo().add_to_collaborators("github-actions[bot]", "push")

    def head(self, branch: str) -> str:
        """Return the SHA of a branch's last commit."""
        return self.repo().get_branch(branch).commit.sha

    def create_branch(self, name: str, from_branch: str = "main") -> str:
        """Make a branch and return its SHA."""
        return self.repo().create_git_ref(f"refs/heads/{name}", self.head(from_branch)).object.sha

    def commit_files(
        self, branch: str, files: Mapping[str, str | bytes | None], message: str = "Change files"
    ) -> str:
        """Put one commit on a branch and return its SHA; a file that is None is removed."""
        from github import InputGitTreeElement

        repo = self.repo()
        parent = repo.get_git_commit(self.head(branch))
        entries = [
            InputGitTreeElement(path, "100644", "blob", content=content)
            if isinstance(content, str)
            else InputGitTreeElement(path, "100644", "blob", sha=self._blob(repo, content))
            for path, content in files.items()
        ]
        tree = repo.create_git_tree(entries, parent.tree)
        commit = repo.create_git_commit(message, tree, [parent])
        repo.requester.requestJsonAndCheck(
            "PATCH", f"{repo.url}/git/refs/heads/{branch}", input={"sha": commit.sha}
        )
        return commit.sha

    def open_pull(self, head: str, title: str = "Change modules", base: str = "main") -> int:
        """Open a pull request and return its number."""
        return self.repo().create_pull(base, head, title=title).number

    def pull(self, number: int, token: str = "") -> PullRequest:
        """Return a pull request as a token's owner sees it."""
        return self.repo(token).get_pull(number)

    def merge(self, number: int, method: str = "merge") -> str:
        """Merge a pull request and return the SHA that this put on its base branch."""
        return self.pull(number).merge(merge_method=method).sha

    @staticmethod
    def _blob(repo: Repository, content: bytes | None) -> str | None:
        if content is None:
            return None
        return repo.create_git_blob(base64.b64encode(content).decode(), "base64").sha
