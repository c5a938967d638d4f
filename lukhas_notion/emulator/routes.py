"""The routes: the API's endpoints, the pages for a browser, and the list of requests."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from lukhas_notion.emulator import (
    answers,
    bodies,
    databases,
    pages,
    query,
    requests,
    users,
    views,
    web,
    web_edit,
)
from lukhas_notion.emulator import answers as not_emulated
from lukhas_notion.emulator import limits as capabilities
from lukhas_notion.emulator.app import RequestRecord
from lukhas_notion.emulator.errors import (
    API_VERSION,
    BAD_BEARER,
    ApiError,
    PayloadTooLargeError,
    Problems,
    missing_version,
    quoted,
    unauthorized,
)
from lukhas_notion.emulator.ids import path_id, with_hyphens
from lukhas_notion.emulator.person import Person
from lukhas_notion.emulator.web_edit import EditRefusedError
from lukhas_notion.emulator.workspace import Workspace

Body = dict[str, Any]
Endpoint = Callable[[Workspace, Request, Body], Body]
Admit = Callable[[str], ApiError | None]
"""Takes a token; returns the error for an unknown token or too many requests, otherwise None."""
Requests = Callable[[], Sequence[RequestRecord]]
"""Returns the requests so far."""


def routes(workspace: Workspace, admit: Admit, recorded: Requests) -> list[Route]:
    """Return all routes; the name of a route of the API is its kind of request."""

    def route(kind: str, method: str, path: str, endpoint: Endpoint) -> Route:
        handler = _handler(workspace, admit, kind, endpoint)
        return Route(f"/v1/{path}", handler, methods=[method], name=kind)

    return [
        route("users.me", "GET", "users/me", _me),
        route("users.list", "GET", "users", _list_users),
        route("users.retrieve", "GET", "users/{user_id}", _retrieve_user),
        route("databases.create", "POST", "databases", _create_database),
        route("databases.retrieve", "GET", "databases/{database_id}", _retrieve_database),
        route("databases.update", "PATCH", "databases/{database_id}", _update_database),
        route("data_sources.create", "POST", "data_sources", _create_source),
        route("data_sources.retrieve", "GET", "data_sources/{data_source_id}", _retrieve_source),
        route("data_sources.update", "PATCH", "data_sources/{data_source_id}", _update_source),
        route("data_sources.query", "POST", "data_sources/{data_source_id}/query", _query),
        route("views.list", "GET", "views", _list_views),
        route("views.create", "POST", "views", _create_view),
        route("views.retrieve", "GET", "views/{view_id}", _retrieve_view),
        route("pages.create", "POST", "pages", _create_page),
        route("pages.retrieve", "GET", "pages/{page_id}", _retrieve_page),
        route("pages.update", "PATCH", "pages/{page_id}", _update_page),
        route(
            "pages.property",
            "GET",
            "pages/{page_id}/properties/{property_id:path}",
            _retrieve_property,
        ),
        route("pages.retrieve_markdown", "GET", "pages/{page_id}/markdown", _retrieve_body),
        route("pages.update_markdown", "PATCH", "pages/{page_id}/markdown", _update_body),
        *_not_emulated_routes(workspace, admit),
        *_browser_routes(workspace),
        _requests_route(recorded),
    ]


def _handler(
    workspace: Workspace, admit: Admit, kind: str, endpoint: Endpoint
) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        request_id = workspace.ids.for_request()
        raw = await request.body()
        try:
            with workspace.lock:
                _authorise(request, admit)
                capabilities.require(workspace.capabilities, kind)
                content = endpoint(workspace, request, requests.read_json(raw))
            answer = answers.as_json(200, {**content, "request_id": request_id}, request_id)
        except ApiError as error:
            answer = answers.of_error(error, request_id)
        except PayloadTooLargeError:
            answer = _too_large(request_id)
        return Response(answer.body, answer.status, answer.headers)

    return handle


def _not_emulated_routes(workspace: Workspace, admit: Admit) -> list[Route]:
    async def handle(request: Request) -> Response:
        try:
            with workspace.lock:
                _authorise(request, admit)
            answer = not_emulated.answer(request.method, request.url.path)
        except ApiError as error:
            answer = answers.of_error(error, workspace.ids.for_request())
        return Response(answer.body, answer.status, answer.headers)

    return [
        Route(f"/v1/{path}", handle, methods=methods, name="unknown")
        for methods, path in not_emulated.ENDPOINTS
    ]


def _authorise(request: Request, admit: Admit) -> None:
    """Check the token, then the rate, then the version, before anything else."""
    words = request.headers.get("authorization", "").split()
    if len(words) != 2 or words[0].lower() != "bearer":
        raise unauthorized(BAD_BEARER)
    refusal = admit(words[1])
    if refusal is not None:
        raise refusal
    version = request.headers.get("notion-version")
    if version != API_VERSION:
        raise missing_version(version, quoted(version))


def _too_large(request_id: str) -> answers.Answer:
    """Return the answer of the gateway in front of the API (measured)."""
    content = {
        "isNotionError": False,
        "errorId": str(uuid.uuid5(uuid.NAMESPACE_OID, request_id)),
        "name": "PayloadTooLargeError",
        "message": "Request body too large.",
        "code": 413,
    }
    return answers.as_json(413, content, request_id)


def _no_members(body: Body) -> None:
    problems = Problems()
    problems.only(body, (), "body")
    problems.raise_any()


def _named(request: Request, name: str, unread: Body | None = None) -> str:
    """Return an id in the path, and check that the query and an ``unread`` body are empty."""
    object_id = path_id(request.path_params[name], name)
    requests.check_query(request.query_params.multi_items())
    if unread is not None:
        _no_members(unread)
    return object_id


def _me(workspace: Workspace, request: Request, body: Body) -> Body:
    requests.check_query(request.query_params.multi_items())
    _no_members(body)
    return users.me(workspace)


def _list_users(workspace: Workspace, request: Request, body: Body) -> Body:
    requests.check_query(request.query_params.multi_items(), ("page_size", "start_cursor"))
    _no_members(body)
    return users.listed(workspace, request.query_params)


def _retrieve_user(workspace: Workspace, request: Request, body: Body) -> Body:
    user_id = path_id(request.path_params["user_id"], "user_id")
    requests.check_query(request.query_params.multi_items())
    _no_members(body)
    return users.retrieve(workspace, user_id)


def _create_database(workspace: Workspace, request: Request, body: Body) -> Body:
    requests.check_query(request.query_params.multi_items())
    return databases.create(workspace, body)


def _retrieve_database(workspace: Workspace, request: Request, body: Body) -> Body:
    database_id = _named(request, "database_id", body)
    return databases.retrieve(workspace, database_id)


def _update_database(workspace: Workspace, request: Request, body: Body) -> Body:
    database_id = _named(request, "database_id")
    return databases.update(workspace, database_id, body)


def _create_source(workspace: Workspace, request: Request, body: Body) -> Body:
    requests.check_query(request.query_params.multi_items())
    return databases.create_source(workspace, body)


def _retrieve_source(workspace: Workspace, request: Request, body: Body) -> Body:
    source_id = _named(request, "data_source_id", body)
    return databases.retrieve_source(workspace, source_id)


def _update_source(workspace: Workspace, request: Request, body: Body) -> Body:
    source_id = _named(request, "data_source_id")
    return databases.update_source(workspace, source_id, body)


def _query(workspace: Workspace, request: Request, body: Body) -> Body:
    source_id = path_id(request.path_params["data_source_id"], "data_source_id")
    parameters = request.query_params.multi_items()
    requests.check_query(parameters)
    return query.answer(workspace, source_id, body, requests.filter_properties(parameters))


def _list_views(workspace: Workspace, request: Request, body: Body) -> Body:
    parameters = ("database_id", "page_size", "start_cursor")
    requests.check_query(request.query_params.multi_items(), parameters)
    _no_members(body)
    return views.listed(workspace, request.query_params)


def _create_view(workspace: Workspace, request: Request, body: Body) -> Body:
    requests.check_query(request.query_params.multi_items())
    return views.create(workspace, body)


def _retrieve_view(workspace: Workspace, request: Request, body: Body) -> Body:
    return views.retrieve(workspace, _named(request, "view_id", body))


def _create_page(workspace: Workspace, request: Request, body: Body) -> Body:
    requests.check_query(request.query_params.multi_items())
    return pages.create(workspace, body)


def _retrieve_page(workspace: Workspace, request: Request, body: Body) -> Body:
    # Unlike elsewhere, unknown members of the query string are ignored here.
    page_id = path_id(request.path_params["page_id"], "page_id")
    _no_members(body)
    kept = requests.filter_properties(request.query_params.multi_items())
    return pages.retrieve(workspace, page_id, kept)


def _update_page(workspace: Workspace, request: Request, body: Body) -> Body:
    page_id = _named(request, "page_id")
    return pages.update(workspace, page_id, body)


def _retrieve_property(workspace: Workspace, request: Request, body: Body) -> Body:
    page_id = path_id(request.path_params["page_id"], "page_id")
    requests.check_query(request.query_params.multi_items(), ("page_size", "start_cursor"))
    _no_members(body)
    property_id = request.path_params["property_id"]
    return pages.retrieve_property(workspace, page_id, property_id, request.query_params)


def _retrieve_body(workspace: Workspace, request: Request, body: Body) -> Body:
    page_id = _named(request, "page_id", body)
    return bodies.retrieve(workspace, page_id)


def _update_body(workspace: Workspace, request: Request, body: Body) -> Body:
    page_id = _named(request, "page_id")
    return bodies.update(workspace, page_id, body)


def _browser_routes(workspace: Workspace) -> list[Route]:
    """Return the routes of the pages for a browser, and of their forms."""

    async def index(request: Request) -> Response:
        query = request.query_params
        return _html(web.index(workspace, query.get("source"), query.get("page", "")))

    async def detail(request: Request) -> Response:
        return _html(web.detail(workspace, request.path_params["page_id"]))

    async def edit(request: Request) -> Response:
        raw = await request.body()
        return _by_hand(workspace, request, lambda page: web_edit.save(workspace, page, raw))

    async def trash(request: Request) -> Response:
        return _by_hand(workspace, request, Person(workspace).trash_page)

    async def restore(request: Request) -> Response:
        return _by_hand(workspace, request, Person(workspace).restore_page)

    return [
        Route("/", index, methods=["GET"], name="web.index"),
        Route("/p/{page_id}", detail, methods=["GET"], name="web.page"),
        Route("/p/{page_id}", edit, methods=["POST"], name="web.edit"),
        Route("/p/{page_id}/trash", trash, methods=["POST"], name="web.trash"),
        Route("/p/{page_id}/restore", restore, methods=["POST"], name="web.restore"),
    ]


def _by_hand(workspace: Workspace, request: Request, act: Callable[[str], None]) -> Response:
    """Carry out the edit of a form, and redirect to the page."""
    page_id = with_hyphens(request.path_params["page_id"]) or ""
    try:
        web_edit.check_source(request.headers)
    except EditRefusedError as refused:
        return _html(web.no_edit(refused))
    with workspace.lock:
        page = workspace.store.pages.get(page_id)
        if page is None or page.parent_id not in workspace.store.data_sources:
            return _html(web.no_page())
        try:
            act(page_id)
        except EditRefusedError as refused:
            return _html(web.detail(workspace, page_id, refused))
    return RedirectResponse(f"/p/{page_id}", 303, web.SECURITY)


def _html(page: web.WebPage) -> Response:
    return HTMLResponse(page.html, page.status, web.SECURITY)


def _requests_route(recorded: Requests) -> Route:
    """Return the route of the API requests so far, for measurements from another process."""

    async def listed(_request: Request) -> Response:
        records = [each.summary() for each in recorded() if each.path.startswith("/v1/")]
        return JSONResponse({"requests": records}, headers={"cache-control": "no-store"})

    return Route("/requests", listed, methods=["GET"], name="web.requests")
