"""Requests go through the proxy that the environment names, and to this machine directly."""

from __future__ import annotations

import socket
import threading

import pytest

from lukhas_notion.config.config import Flags, load
from lukhas_notion.notion.connection import Connection
from lukhas_notion.util.clock import SystemClock
from lukhas_notion.util.errors import ConfigError, NotSent
from lukhas_notion.util.proxy import Proxy, proxy_for
from lukhas_notion.util.runtime import Runtime

NOTION = "https://api.notion.com"


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ({"HTTPS_PROXY": "proxy:3128"}, "http://proxy:3128"),
        ({"https_proxy": "http://small", "HTTPS_PROXY": "http://LARGE"}, "http://small"),
        ({"ALL_PROXY": "http://all"}, "http://all"),
        ({"HTTP_PROXY": "http://other"}, None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "github.com,.notion.com"}, None),
        ({"HTTPS_PROXY": "http://p", "no_proxy": "api.notion.com"}, None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "notion.example"}, "http://p"),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "i.notion.com, xapi.notion.com"}, "http://p"),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "API.Notion.com"}, None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "api.notion.com:443"}, None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "api.notion.com:8443"}, "http://p"),
    ],
)
def test_the_environment_names_the_proxy(environ: dict[str, str], proxy: str | None) -> None:
    """Small letters before large ones, the scheme's own before the one for all, minus NO_PROXY."""
    found = proxy_for(NOTION, environ)
    assert (found.url if found else None) == proxy


@pytest.mark.parametrize("host", ["localhost:4010", "127.0.0.1:4010", "[::1]:4010"])
def test_this_machine_is_reached_directly(host: str) -> None:
    """The embedded Notion is never looked for behind a proxy."""
    assert proxy_for(f"http://{host}", {"HTTP_PROXY": "http://p", "ALL_PROXY": "http://p"}) is None


def connection(proxy: str) -> Connection:
    """Open a connection to Notion through a proxy."""
    environ = {"NOTION_TOKEN": "ntn_x", "NOTION_DATABASE_ID": "0" * 32, "HTTPS_PROXY": proxy}
    config = load(Flags(root=".", max_retries=0), environ)
    return Connection.open(config, Runtime(environ, SystemClock()), read_only=True)


def test_the_proxy_is_asked_for_notion() -> None:
    """A connection asks the proxy for a tunnel to Notion, and a refusal is an error for people."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            caller, _ = server.accept()
            with caller:
                heard.append(caller.recv(4096))
                caller.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
        with connection(proxy) as opened, pytest.raises(NotSent, match="ProxyError: 502") as caught:
            opened.reader.me()
        thread.join(10)
    assert f"the proxy {proxy.removeprefix('http://')} (HTTPS_PROXY)" in caught.value.message
    assert "HTTPS_PROXY" in caught.value.remedy
    assert "NO_PROXY" in caught.value.remedy
    assert heard[0].startswith(b"CONNECT api.notion.com:443 ")


def test_a_proxy_that_is_none_is_a_configuration_error() -> None:
    """The message does not repeat it: it may hold a password."""
    with pytest.raises(ConfigError, match="The proxy that the environment names") as caught:
        connection("ftp://me:secret@proxy")
    assert "secret" not in str(caught.value)


def test_a_proxy_that_is_dead_is_named() -> None:
    """Whoever has forgotten that a proxy is set finds out from the error."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    opened = connection(f"http://me:secret@127.0.0.1:{port}")
    said = rf"through the proxy 127.0.0.1:{port} \(HTTPS_PROXY\)"
    with opened, pytest.raises(NotSent, match=said) as caught:
        opened.reader.me()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://me:secret@host:3128", "http://[::1", "socks5://me:secret@"]
)
def test_a_password_is_in_no_representation(url: str) -> None:
    """How a proxy is told of has its host and its variable, and nobody's password."""
    proxy = Proxy(url, "ALL_PROXY")
    assert "secret" not in f"{proxy} {proxy!r}"
    assert "ALL_PROXY" in str(proxy)
