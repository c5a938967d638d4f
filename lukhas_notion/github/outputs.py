"""The Action's outputs, and the reasons a run can fail for: data, as the inputs are."""

from __future__ import annotations

OUTPUTS = {
    "changes": "Whether the plan has anything to do: `true` or `false`.",
    "created": "Pages created; in a dry run, to be created.",
    "updated": "Pages updated; in a dry run, to be updated.",
    "adopted": "Pages that got a record of their manifest and nothing else; in a dry run, to get.",
    "restored": "Pages taken out of the trash; in a dry run, to be taken.",
    "archived": "Pages moved to the trash; in a dry run, to be moved.",
    "skipped": "Pages left alone, because their provenance SHA matches.",
    "drifted": "Pages that were edited in Notion.",
    "orphans": "Pages without a manifest, but for those of other repositories.",
    "violations": "Violations found.",
    "unapplied": "Planned changes that are not in Notion.",
    "findings": "With `mode: verify`: in how many things repository, Notion and ledger disagree; "
    "with `mode: doctor`: how many things are wrong.",
    "plan-digest": "SHA-256 of the plan's operations; empty without a plan.",
    "report-path": "The Markdown report, relative to the workspace.",
    "plan-path": "The same as JSON, plan and outcomes included, relative to the workspace.",
    "ledger-path": "The ledger, relative to the workspace; empty when there is none.",
    "comment-url": "The pull request's comment; empty when there is none.",
    "comment-posted": "Whether the comment is there and up to date: `true` or `false`.",
    "issue-url": "With `mode: verify`: the issue that tells what disagrees; empty without one.",
    "failure-reason": "Why the run failed; empty when it did not.",
}

FAILURE_REASONS = {
    "": "The run did not fail.",
    "configuration": "An input, the configuration, the token or the database is not right.",
    "violations": "The gates found violations; nothing was written.",
    "unapplied": "Some of what was planned is not in Notion.",
    "plan-changed": "The plan is not the reviewed one, or none was reviewed; nothing was written.",
    "options": "Options cannot be removed as asked; nothing was written.",
    "guard": "The plan removes or restores more than is usual, and `force` does not say how much.",
    "conflict": "Pages in Notion have a module's title and are not its own; it was not written.",
    "set-up": "Something of the set-up is wrong, with `mode: doctor`.",
    "out-of-sync": "Repository, Notion and ledger disagree, with `mode: verify`.",
    "drift": "Pages were edited in Notion, and `fail-on-drift` is set.",
    "notion": "Notion could not be read.",
    "github": "GitHub could not be asked, or did not answer.",
    "ledger": "The ledger could not be written or stored.",
    "stopped": "The run was cancelled, or its deadline passed.",
    "internal": "A bug of this Action; please report it.",
}
