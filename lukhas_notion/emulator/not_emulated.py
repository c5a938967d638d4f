"""Parts of Notion's API that are not emulated, and the answer that they get.

Notion has these endpoints, so it would check the token first and then answer in its own way. The
answer here has another shape, so that nobody takes it for Notion's. A path that Notion does not
have either is answered as Notion answers it: 400 ``invalid_request_url``.
"""

from __future__ import annotations

from lukhas_notion.emulator import answers
from lukhas_notion.emulator.answers import Answer

_READ = ("GET",)
_WRITE = ("POST",)
_ALL = ("GET", "POST", "PATCH", "DELETE")

# The endpoints of the official client libraries (notion-sdk-js 5.26, notion-client 3.1).
ENDPOINTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (_WRITE, "search"),
    (_ALL, "blocks/{rest:path}"),
    (_ALL, "comments"),
    (_ALL, "comments/{rest:path}"),
    (_ALL, "views/{rest:path}"),
    (_READ, "custom_emojis"),
    (("GET", "POST"), "file_uploads"),
    (("GET", "POST"), "file_uploads/{rest:path}"),
    (_READ, "async_tasks/{task_id}"),
    (_WRITE, "pages/{page_id}/move"),
    (_READ, "data_sources/{data_source_id}/templates"),
)
"""Methods and path, below ``/v1/``, of what Notion has and this emulator has not."""


def answer(method: str, path: str) -> Answer:
    """Return the answer to a request whose token, rate and version were found good."""
    content = {
        "object": "not_emulated",
        "emulator": "lukhas-notion",
        "message": (
            f"{method} {path} is not emulated here. This is the local emulator of lukhas-notion, "
            "not Notion: Notion has this endpoint."
        ),
    }
    return answers.plain_json(501, content)
