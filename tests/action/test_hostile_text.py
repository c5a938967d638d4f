"""Untrusted text in names, values, paths and settings is shown and has no effect."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options
from support.actions import ActionPlace, Ran
from support.fake_github import MERGE

from lukhas_notion.util.text import is_hidden

HOSTILE = [
    "_www.evil.example",
    "a@evil.example|x",
    "@octocat @octo/team",
    "#12 octo/repo#12 GH-12 octo/repo@deadbeef",
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
    "xmpp:a@evil.example mailto:a@evil.example https://evil.example ftp://evil.example",
    "[x](https://evil.example) ![x](https://evil.example/i.png) <img src=https://evil.example>",
    "&#64;octocat &lt;u&gt; <u>",
    "x\n::error file=a::evil\n##[error]evil",
    "##[command]evil ::set-output name=a::b",
    "\u2800\u3164\u115f\uffa0\u200b\u202e\U000e0041\ufe0f\u00ad",
    "\x1b[31mred\x1b]8;;https://evil.example\x07",
    "```\n## heading\n- [ ] task\n| a | b |",
    "`code` *em* ~~del~~ $math$ :tada:",
]
#: What GitHub links in text after Markdown is done.
_REFERENCES = re.compile(
    r"@octo|(?<![0-9A-Za-z])#\d|\bGH-\d|(?<![0-9A-Za-z])(?:deadbeef)+(?![0-9A-Za-z])"
)


class Links(HTMLParser):
    """The addresses, pictures and prose of rendered Markdown."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.prose = ""
        self._code = 0
        options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and where it leads."""
        self.tags.add(tag)
        self._code += tag in ("code", "pre")
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        """Note the end of code."""
        self._code -= tag in ("code", "pre")

    def handle_data(self, data: str) -> None:
        """Note what GitHub looks for references in."""
        if not self._code:
            self.prose += data


def check_markdown(markdown: str) -> None:
    """Check that a text leads nowhere but to GitHub and Notion, and hides nothing."""
    rendered = Links(markdown)
    strange = [a for a in rendered.addresses if not a.startswith(OURS)]
    assert strange == []
    assert not rendered.tags & {"img", "script", "iframe", "input", "u", "del"}
    assert not _REFERENCES.search(rendered.prose)
    hidden = {c for c in markdown if is_hidden(c)} - set("\n\u200b\ufe0f")
    assert hidden == set()


OURS = ("https://github.example/", "https://app.notion.com/")


def check_log(ran: Ran) -> None:
    """Check that the log has only commands of this tool."""
    assert "##[" not in ran.log
    commands = [line for line in ran.log.splitlines() if line.lstrip().startswith("::")]
    known = r"::(add-mask|group|endgroup|debug|notice|warning|error)( [a-z]+=|::)"
    assert not [line for line in commands if not re.match(known, line)]
    assert not [line for line in commands if line.startswith("::error file=a::")]
    assert {c for c in ran.log if is_hidden(c)} <= set("\n\ufe0f")


def check_files(root: Path) -> None:
    """Check the plan and the report."""
    for path in (root / "reports").glob("*"):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            assert text.isascii()
            assert "##[" not in text
            assert "\x7f" not in text
            json.loads(text)
        else:
            check_markdown(text)


def plant(action: ActionPlace) -> None:
    """Put every text into each place that untrusted text can come from."""
    place = action.place
    for number, text in enumerate(HOSTILE):
        folder = f"dir {number} " + re.sub(r"[^\w @#.-]", "", text)
        made = {
            f"evil{number}": {"module": f"m {text}", "description": text, "features": ["search"]},
            f"worse{number}": {"module": f"w{number}", "features": [text], "tags": [text], text: 1},
            f"plain{number}": {"module": f"plain{number}", "description": f"{text} and {text}"},
            folder: "{" + json.dumps(text) + ": 1,}",
        }
        for path, manifest in made.items():
            place.write(path, manifest)
            action.pull.change(f"{path}/module.manifest.json")


def test_a_preview_shows_it_and_nothing_else(action: ActionPlace) -> None:
    """Comment, summary, report, plan, annotations, suggestions and log of a pull request."""
    plant(action)
    ran = action.pull_request()
    assert ran.outputs["failure-reason"] == "violations", ran.log
    check_log(ran)
    check_files(action.place.root)
    posted = [each.body for each in (*action.pull.comments, *action.pull.lines)]
    assert posted
    for markdown in (ran.summary, *posted):
        check_markdown(re.sub(r"<!--.*?-->", "", markdown, flags=re.DOTALL))


def test_an_apply_and_a_verification_do_so_too(action: ActionPlace) -> None:
    """What is in Notion by now comes back from there as harmless as it went."""
    place = action.place
    for number, text in enumerate(HOSTILE):
        module = f"m{number} {text}" if text.isprintable() else f"m{number}"
        place.write(f"evil{number}", {"module": module, "description": text})
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE
    runs = [action.run("push", mode="apply")]
    assert len(place.pages()) == 3 + len(HOSTILE), runs[0].log
    for number, page in enumerate(place.pages().values()):
        text = HOSTILE[number % len(HOSTILE)]
        place.notion.edit_page(page["id"], {"Description": f"by hand {text}"})
    runs += [action.run("schedule", mode="verify"), action.run("push", mode="doctor")]
    for ran in runs:
        check_log(ran)
        check_markdown(ran.summary)
    check_files(place.root)
    for issue in action.repository.issues:
        check_markdown(re.sub(r"<!--.*?-->", "", issue.body, flags=re.DOTALL))


def test_the_command_line_prints_it_harmlessly(action: ActionPlace) -> None:
    """Lines for people hide nothing, and JSON is ASCII without a command."""
    plant(action)
    for words in (
        ("validate", "--all"),
        ("sync", "--all", "--dry-run", "--skip-invalid"),
        ("verify",),
        ("doctor", "--offline"),
        ("validate", "--all", "--fix", "--diff"),
    ):
        ended = action.place.run(*words)
        said = ended.out + ended.err
        assert {c for c in said if is_hidden(c)} <= set("\n\ufe0f"), words
        assert "##[" not in said
        assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]
        machine = action.place.run(*words, "--json")
        assert machine.out.isascii()
        assert "##[" not in machine.out + machine.err
        assert "\x7f" not in machine.out
        json.loads(machine.out)
