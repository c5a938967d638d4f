"""The routes: the API's endpoints, the pages for a browser, and the list of requests."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from lukhas_notion.emulator import (
    answers,
    databases,
    pages,
    query,
    requests,
    users,
    web,
    web_edit,
)
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

    database, source = "databases/{database_id}", "data_sources/{data_source_id}"
    view, page = "views/{view_id}", "pages/{page_id}"
    content = f"{page}/markdown"
    value = f"{page}/properties/{{property_id:path}}"
    return [
        route("users.me", "GET", "users/me", _me),
        route("users.list", "GET", "users", _list(users.listed)),
        route("users.retrieve", "GET", "users/{user_id}", _read("user_id", users.retrieve)),
        route("databases.create", "POST", "databases", _create(databases.create)),
        route("databases.retrieve", "GET", database, _read("database_id", databases.retrieve)),
        route("databases.update", "PATCH", database, _update("database_id", databases.update)),
        route("data_sources.create", "POST", "data_sources", _create(databases.create_source)),
        route(
            "data_sources.retrieve",
            "GET",
            source,
            _read("data_source_id", databases.retrieve_source),
        ),
        route(
            "data_sources.update",
            "PATCH",
            source,
            _update("data_source_id", databases.update_source),
        ),
        route("data_sources.query", "POST", f"{source}/query", _query),
        route("views.list", "GET", "views", _list(databases.list_views, "database_id")),
        route("views.create", "POST", "views", _create(databases.create_view)),
        route("views.retrieve", "GET", view, _read("view_id", databases.retrieve_view)),
        route("pages.create", "POST", "pages", _create(pages.create)),
        route("pages.retrieve", "GET", page, _retrieve_page),
        route("pages.update", "PATCH", page, _update("page_id", pages.update)),
        route("pages.property", "GET", value, _retrieve_property),
        route("pages.retrieve_markdown", "GET", content, _read("page_id", pages.retrieve_body)),
        route("pages.update_markdown", "PATCH", content, _update("page_id", pages.update_body)),
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
                workspace.require_capabilities(kind)
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
            answer = answers.not_emulated(request.method, request.url.path)
        except ApiError as error:
            answer = answers.of_error(error, workspace.ids.for_request())
        return Response(answer.body, answer.status, answer.headers)

    return [
        Route(f"/v1/{path}", handle, methods=methods, name="unknown")
        for methods, path in answers.NOT_EMULATED
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


def _create(operation: Callable[[Workspace, Body], Body]) -> Endpoint:
    """Return an endpoint that creates an object from the body."""

    def create(workspace: Workspace, request: Request, body: Body) -> Body:
        requests.check_query(request.query_params.multi_items())
        return operation(workspace, body)

    return create


def _read(name: str, operation: Callable[[Workspace, str], Body]) -> Endpoint:
    """Return an endpoint that reads an object by its id in the path, the parameter ``name``."""

    def read(workspace: Workspace, request: Request, body: Body) -> Body:
        object_id = path_id(request.path_params[name], name)
        requests.check_query(request.query_params.multi_items())
        _no_members(body)
        return operation(workspace, object_id)

    return read


def _update(name: str, operation: Callable[[Workspace, str, Body], Body]) -> Endpoint:
    """Return an endpoint that changes an object by its id in the path, the parameter ``name``."""

    def update(workspace: Workspace, request: Request, body: Body) -> Body:
        object_id = path_id(request.path_params[name], name)
        requests.check_query(request.query_params.multi_items())
        return operation(workspace, object_id, body)

    return update


def _list(operation: Callable[[Workspace, Mapping[str, str]], Body], *parameters: str) -> Endpoint:
    """Return an endpoint that lists objects; ``parameters`` are those that do not paginate."""

    def listed(workspace: Workspace, request: Request, body: Body) -> Body:
        allowed = (*parameters, "page_size", "start_cursor")
        requests.check_query(request.query_params.multi_items(), allowed)
        _no_members(body)
        return operation(workspace, request.query_params)

    return listed


def _me(workspace: Workspace, request: Request, body: Body) -> Body:
    requests.check_query(request.query_params.multi_items())
    _no_members(body)
    return users.me(workspace)


def _query(workspace: Workspace, request: Request, body: Body) -> Body:
    source_id = path_id(request.path_params["data_source_id"], "data_source_id")
    parameters = request.query_params.multi_items()
    requests.check_query(parameters)
    return query.answer(workspace, source_id, body, requests.filter_properties(parameters))


def _retrieve_page(workspace: Workspace, request: Request, body: Body) -> Body:
    # Unlike elsewhere, unknown members of the query string are ignored here.
    page_id = path_id(request.path_params["page_id"], "page_id")
    _no_members(body)
    kept = requests.filter_properties(request.query_params.multi_items())
    return pages.retrieve(workspace, page_id, kept)


def _retrieve_property(workspace: Workspace, request: Request, body: Body) -> Body:
    page_id = path_id(request.path_params["page_id"], "page_id")
    requests.check_query(request.query_params.multi_items(), ("page_size", "start_cursor"))
    _no_members(body)
    property_id = request.path_params["property_id"]
    return pages.retrieve_property(workspace, page_id, property_id, request.query_params)


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
        records = [record.summary() for record in recorded() if record.path.startswith("/v1/")]
        return JSONResponse({"requests": records}, headers={"cache-control": "no-store"})

    return Route("/requests", listed, methods=["GET"], name="web.requests")
