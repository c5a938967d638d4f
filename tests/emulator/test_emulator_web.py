"""The browser pages: complete, escaped, and without anything from elsewhere."""

from __future__ import annotations

import re
from typing import Any

import httpx
from emulator.notion_client_for_tests import Talk

from lukhas_notion.emulator import Emulator, default_database

HOSTILE = "<script>alert(1)</script> & \"quotes\" 'single' \u202e"


def get(emulator: Emulator, path: str = "/") -> httpx.Response:
    """Open a page, without a token."""
    with httpx.Client(transport=emulator.transport(), base_url="http://notion") as client:
        return client.get(path)


def test_everything_is_escaped() -> None:
    """No text of a page, property, option or title is read as HTML."""
    emulator = Emulator()
    columns: dict[str, Any] = {
        HOSTILE: "title",
        f"note{HOSTILE}": "rich_text",
        f"tags{HOSTILE}": "multi_select",
        f"web{HOSTILE}": "url",
        f"mail{HOSTILE}": "email",
    }
    ids = emulator.create_database(HOSTILE, columns)
    values = {
        HOSTILE: HOSTILE,
        f"note{HOSTILE}": HOSTILE + "x" * 200,
        f"tags{HOSTILE}": [HOSTILE],
        f"web{HOSTILE}": f"https://{HOSTILE}",
        f"mail{HOSTILE}": HOSTILE,
    }
    page_id = emulator.create_page(ids.data_source_id, values)
    emulator.create_page(ids.data_source_id, {f"note{HOSTILE}": f"{'<script>' * 9}\"'"})

    for path in ("/", f"/p/{page_id}"):
        html = get(emulator, path).text
        assert "<script" not in html
        assert "&lt;script&gt;" in html
        assert html.count("<bdi>") == html.count("</bdi>")


def test_addresses_run_nothing() -> None:
    """Only web addresses become links."""
    emulator = Emulator()
    ids = emulator.create_database("D", {"Name": "title", "Web": "url"})
    emulator.create_page(ids.data_source_id, {"Name": "a", "Web": "javascript:alert(1)"})
    emulator.create_page(ids.data_source_id, {"Name": "b", "Web": "https://example.org/?a&b"})

    html = get(emulator).text

    assert re.findall(r'class="link"[^>]*href="([^"]*)"', html) == ["https://example.org/?a&amp;b"]


def test_nothing_comes_from_elsewhere() -> None:
    """There are no scripts, pictures or style sheets to load, and the headers forbid them."""
    with Talk() as talk:
        talk.module("a")
        answer = talk.client.get("/")

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"<(script|img|link|iframe)|url\(|@import", answer.text)
    assert "prefers-color-scheme: dark" in answer.text


def test_the_table() -> None:
    """Title, count, every value, pills in their colours, and a link to each page."""
    with Talk() as talk:
        emulator = talk.emulator
        emulator.add_option("Tags", "core", "purple")
        page_id = emulator.create_page(
            talk.ids.data_source_id,
            {
                "Module": "memory",
                "Tags": ["core"],
                "SLA p95": 1250,
                "Updated At": "2026-01-02T03:04:05Z/2026-01-03T03:04:05Z",
                "Provenance SHA": "ab" * 32,
                "Description": "word " * 100,
            },
        )
        html = talk.client.get("/").text
        detail = talk.client.get(f"/p/{page_id.replace('-', '')}").text

    assert "<title>Modules</title>" in html
    assert "1 page ·" in html
    assert '<span class="pill c-purple"><bdi>core</bdi></span>' in html
    assert '<td class="number">1,250</td>' in html
    assert "2026-01-02 03:04 → 2026-01-03 03:04" in html
    assert f'href="/p/{page_id}"' in html
    assert "word " * 100 in html
    assert html.count("<details>") == 1
    assert "ab" * 32 in html
    assert "word " * 100 in detail
    assert page_id in detail


def test_empty_and_missing() -> None:
    """No database, no pages, no such page: each says so."""
    emulator = Emulator()
    assert "no database" in get(emulator).text
    ids = emulator.create_database("D", {"Name": "title"})

    assert "No pages yet" in get(emulator).text
    assert "0 pages" in get(emulator).text
    assert get(emulator, "/?source=nope").status_code == 404
    assert get(emulator, "/p/nope").status_code == 404
    assert get(emulator, f"/p/{emulator.root_page_id}").status_code == 404
    emulator.trash_database(ids.database_id)
    assert "no database" in get(emulator).text


def test_several_databases() -> None:
    """Each data source has its tab, by its database's title and its own."""
    emulator = Emulator()
    first = emulator.create_database("First", {"Name": "title"})
    second = emulator.create_database("Second", {"Name": "title", "Done": "checkbox"})
    emulator.add_data_source(first.database_id, "Extra", {"Name": "title"})
    emulator.create_page(second.data_source_id, {"Name": "x", "Done": True})

    html = get(emulator, f"/?source={second.data_source_id}").text

    assert "<bdi>First · Extra</bdi>" in html
    assert "<h1><bdi>Second</bdi></h1>" in html
    assert 'aria-label="yes"' in html
    assert html.count("aria-current") == 1 + html.count(".tabs a[aria-current]")


def test_the_trash() -> None:
    """A page in the trash is not in the table, and says where it is."""
    with Talk() as talk:
        page_id = talk.module("a")
        talk.emulator.trash_page(page_id)

        assert "0 pages" in talk.client.get("/").text
        assert "in the trash" in talk.client.get(f"/p/{page_id}").text


def test_the_requests_are_listed_without_their_bodies() -> None:
    """The list has every request to the API, without its body."""
    emulator = Emulator()
    with Talk(emulator) as talk:
        talk.client.get("/v1/users/me")
        talk.client.post("/v1/pages", json={"note": HOSTILE})

    get(emulator)
    listed = get(emulator, "/requests").json()["requests"]
    assert [(each["kind"], each["status"]) for each in listed] == [
        ("users.me", 200),
        ("pages.create", 400),
    ]
    assert set(listed[0]) == {"at", "method", "path", "kind", "status", "size"}


def test_a_table_for_a_file_has_no_links_of_its_own() -> None:
    """As one HTML file it leads nowhere that is not there; an address in a value stays a link."""
    emulator = Emulator()
    ids = emulator.create_database("D", {"Name": "title", "Web": "url"})
    emulator.create_page(ids.data_source_id, {"Name": "a", "Web": "https://example.org/"})
    emulator.create_database("Other", {"Name": "title"})

    html = emulator.html()

    assert re.findall(r'href="([^"]*)"', html) == ["https://example.org/"]
    assert "<bdi>a</bdi>" in html


def test_many_names_in_a_cell_are_folded_and_a_page_has_them_all() -> None:
    """A row with a hundred options stays low; a cell with a few, or none, has no fold."""
    notion = Emulator()
    ids = notion.create_database("D", {"Name": "title", "Tags": "multi_select"})
    names = [f"t{number:03}" for number in range(100)]
    page_id = notion.create_page(ids.data_source_id, {"Name": "many", "Tags": names})
    notion.create_page(ids.data_source_id, {"Name": "few", "Tags": names[:6]})
    notion.create_page(ids.data_source_id, {"Name": "none"})

    html = notion.html()

    assert html.count("<summary>94 more</summary>") == html.count("<details") == 1
    assert '<td class="multi_select"></td>' in html
    assert html.count('class="pill') == 106
    page = get(notion, f"/p/{page_id}").text
    assert page.count('class="pill') == 100
    assert "94 more" not in page


def test_many_rows_come_a_hundred_at_a_time() -> None:
    """A table shows a hundred rows and links to the others; a number that is none is the first."""
    notion = Emulator()
    ids = default_database(notion)
    for number in range(250):
        notion.create_page(ids.data_source_id, {"Module": f"m{number:03}"})

    def shown(query: str) -> tuple[list[str], list[str]]:
        html = get(notion, f"/?source={ids.data_source_id}{query}").text
        return re.findall(r">(m\d{3})<", html), re.findall(r"page=(\d+)", html)

    assert shown("") == ([f"m{n:03}" for n in range(100)], ["2"])
    assert shown("&page=2") == ([f"m{n:03}" for n in range(100, 200)], ["1", "3"])
    assert shown("&page=3") == ([f"m{n:03}" for n in range(200, 250)], ["2"])
    for query in ("&page=0", "&page=-1", "&page=x", "&page=" + "9" * 9):
        assert shown(query)[0][0] == "m000"
    assert shown("&page=999999")[0][0] == "m200"
    assert notion.html().count("<tr>") == 251
