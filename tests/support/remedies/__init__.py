"""Rows that follow each remedy, and the inventory of the remedies that there are."""

from support.remedies import (
    commands,
    configuration,
    database,
    findings,
    github,
    manifests,
    references,
    requests,
    workflows,
)

ROWS = [
    *configuration.ROWS,
    *manifests.ROWS,
    *database.ROWS,
    *findings.ROWS,
    *commands.ROWS,
    *requests.ROWS,
    *references.ROWS,
    *workflows.ROWS,
    *github.ROWS,
]
#: A remedy, or a part of it, that no row can follow, and the test that shows it, or why.
UNFOLLOWED = {
    # Another run, person or process has to come in between: these tests let it.
    "Run again: the plan is then made with the options that exist now.": (
        "tests/e2e/test_many_options.py::test_no_list_is_sent_when_people_filled_it_meanwhile"
    ),
    "{} Then run again.": "A file has to come in between, with no Notion to be asked.",
    "Then run again: the database {} is there and stays.": (
        "tests/faults/test_init_faults.py::test_a_file_that_comes_in_between_stops_it_and_stays"
    ),
    "Run it again, or let `concurrency` keep the workflow's runs apart.": (
        "tests/github/test_stored_files_ledger.py::test_trying_is_bounded"
    ),
    "Let the workflow's token write to {}": (
        "tests/github/test_stored_files_ledger.py::test_a_protected_branch_is_told_apart_from_a_race"
    ),
    "Run again.": "The source of a body has to change between two reads of one run.",
    # Followed, the command serves until Ctrl-C: these tests start it.
    "Choose another one with --port, or 0 for any.": (
        "tests/e2e/test_over_http.py::test_a_taken_port_is_a_clear_error"
    ),
    "Name a file that an emulator made, or one that does not exist yet.": (
        "tests/e2e/test_over_http.py::test_what_the_emulator_cannot_use_is_a_usage_error"
    ),
    # Its library reads the environment of the process, which tests leave alone.
    "Check the proxy that {} names, or name the host in NO_PROXY.": (
        "tests/github/test_errors.py::test_no_answer_is_status_zero"
    ),
    # What takes more than ten thousand pages, or very many patterns.
    "Move a part of them to another database": (
        "tests/notion/test_scan.py::test_a_minute_that_no_query_can_show_whole_is_an_error"
    ),
    "Write fewer of them, or fewer names between their slashes.": (
        "tests/manifests/test_discovery.py::"
        "test_globs_that_take_too_long_are_an_error_and_a_large_tree_is_none"
    ),
    # A bug of this tool's own, or of a parser's.
    "Write the names by hand.": (
        "tests/manifests/test_edits.py::test_a_text_that_is_not_what_was_read_is_not_edited"
    ),
    "Look at the file.": (
        "tests/manifests/test_manifest_entries.py::test_one_of_several_is_read_by_its_path"
    ),
    # What root may do all the same, and what it takes long to fill.
    "Free the disk or change the permissions.": (
        "tests/util/test_write_files.py::test_the_old_file_stays_whole_when_writing_fails"
    ),
    "Give yourself permission to read it": (
        "tests/manifests/test_discovery.py::test_a_folder_that_cannot_be_listed_is_an_error"
    ),
    "Correct the permissions of the folders above it.": "Root may look into every folder.",
}
