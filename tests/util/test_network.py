"""Certificate authorities and proxies: one setting for every service."""

from __future__ import annotations

import datetime
import hashlib
import http.server
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.clock import FakeClock

from lukhas_notion.config.config import Flags, load
from lukhas_notion.github.connection import open_github, verify_option
from lukhas_notion.github.errors import GitHubError, asked
from lukhas_notion.notion.connection import Connection
from lukhas_notion.util.errors import ConfigError, LukhasNotionError, NotSent
from lukhas_notion.util.network import (
    SYSTEM,
    VARIABLES,
    Proxy,
    Trust,
    is_untrusted,
    proxy_for,
    system_has_store,
)
from lukhas_notion.util.runtime import Runtime, SystemClock


@dataclass
class Server:
    """A server on this machine with a certificate of its own authority."""

    url: str
    authority: Path
    paths: list[str] = field(default_factory=list)
    handshakes: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 that signs itself; return it, and it with its key."""
    folder = tmp_path_factory.mktemp("authority")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A company's own")])
    begin = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begin)
        .not_valid_after(begin.replace(year=2120))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    certificate = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "authority.pem").write_bytes(certificate)
    (folder / "server.pem").write_bytes(private + certificate)
    return folder / "authority.pem", folder / "server.pem"


@pytest.fixture
def server(authority: tuple[Path, Path]) -> Iterator[Server]:
    """Serve an empty JSON object over TLS."""
    ours = Server("", authority[0])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ours.paths.append(self.path)
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "12")
            self.end_headers()
            self.wfile.write(b'{"id": "me"}')

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority[1])

    class TlsServer(http.server.ThreadingHTTPServer):
        def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
            plain, address = super().get_request()
            ours.handshakes.append(address[0])
            try:
                return context.wrap_socket(plain, server_side=True), address
            except OSError:
                plain.close()
                raise

    with TlsServer(("127.0.0.1", 0), Handler) as listening:
        ours.url = f"https://127.0.0.1:{listening.server_address[1]}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield ours
        listening.shutdown()
        thread.join()


def ask_notion(url: str, environ: dict[str, str]) -> None:
    """Ask for the integration's own user."""
    environ = {**environ, "NOTION_TOKEN": "ntn_x", "NOTION_API_URL": url}
    config = load(Flags(root="."), environ)
    with Connection.open(config, Runtime(environ, FakeClock()), read_only=True) as opened:
        assert opened.reader.me() == "me"


def ask_github(url: str, environ: dict[str, str]) -> None:
    """Ask GitHub for something."""
    client = open_github("ghp_x", api_url=url, trust=Trust.from_environ(environ), pause=0)
    with asked("say hello"):
        client.requester.requestJsonAndCheck("GET", "/hello")
    client.close()


BOTH = pytest.mark.parametrize("ask", [ask_notion, ask_github], ids=["Notion", "GitHub"])
Ask = Callable[[str, dict[str, str]], None]


@BOTH
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_one_setting_is_for_both_services(server: Server, ask: Ask, variable: str) -> None:
    """Each of the variables sets the authorities for both Notion and GitHub."""
    ask(server.url, {variable: str(server.authority)})
    assert len(server.paths) == 1


@BOTH
def test_a_folder_of_certificates(server: Server, ask: Ask, tmp_path: Path) -> None:
    """Authorities may be files in a folder, with the hashes of OpenSSL as their names."""
    named = "A company's own".lower().encode()
    for tag in (b"\x0c", b"\x06\x03\x55\x04\x03", b"\x30", b"\x31"):
        # A text, after the id of "common name", in a sequence, in a set: the name's DER.
        named = tag + named if len(tag) > 1 else tag + bytes([len(named)]) + named
    digest = hashlib.sha1(named, usedforsecurity=False).digest()
    name = f"{int.from_bytes(digest[:4], 'little'):08x}.0"
    (tmp_path / name).write_bytes(server.authority.read_bytes())
    ask(server.url, {"SSL_CERT_DIR": str(tmp_path)})
    assert len(server.paths) == 1


@BOTH
def test_a_certificate_that_is_not_trusted_is_told_at_once(server: Server, ask: Ask) -> None:
    """It is reported after one connection, with a remedy that works."""
    with pytest.raises(LukhasNotionError) as caught:
        ask(server.url, {})
    error = caught.value
    assert isinstance(error, NotSent | GitHubError)
    assert "certificate" in error.message.lower()
    assert "SSL_CERT_FILE" in error.remedy
    assert len(server.handshakes) == 1
    ask(server.url, {"SSL_CERT_FILE": str(server.authority)})


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.write_text("no certificate"), "has no certificate"),
        (lambda path: path.write_bytes(b"\x80\x81\x00"), "has no certificate"),
        (lambda path: path.write_text(""), "has no certificate"),
        (lambda path: path.mkdir(), "no certificate is named by its hash"),
    ],
    ids=["missing", "text", "bytes", "empty", "empty folder"],
)
def test_what_is_no_certificate_is_an_error_that_names_the_variable(
    tmp_path: Path, variable: str, made: Callable[[Path], object], said: str
) -> None:
    """The error comes before anything is sent, with a message of this package."""
    path = tmp_path / "ca.pem"
    made(path)
    with pytest.raises(ConfigError, match=said) as caught:
        Trust.from_environ({variable: str(path)})
    assert variable in caught.value.message
    assert caught.value.exit_code == 2
    assert variable in caught.value.remedy


def test_what_is_set_to_nothing_is_not_set(tmp_path: Path, server: Server) -> None:
    """An empty variable, as CI passes it, counts as not set; the first other one decides."""
    assert Trust.from_environ({"SSL_CERT_FILE": " ", "REQUESTS_CA_BUNDLE": ""}) == SYSTEM
    second = {"SSL_CERT_FILE": "", "REQUESTS_CA_BUNDLE": str(server.authority)}
    assert Trust.from_environ(second).path == str(server.authority)
    copy = tmp_path / "copy.pem"
    copy.write_bytes(server.authority.read_bytes())
    first = {"SSL_CERT_FILE": str(server.authority), "REQUESTS_CA_BUNDLE": str(copy)}
    assert Trust.from_environ(first).path == str(server.authority)
    with pytest.raises(ConfigError, match="REQUESTS_CA_BUNDLE"):
        Trust.from_environ({**first, "REQUESTS_CA_BUNDLE": str(tmp_path / "gone")})


def test_without_a_setting_the_system_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store of the operating system decides; without one, the list of the library does."""
    import truststore

    assert isinstance(SYSTEM.context(), truststore.SSLContext) is system_has_store()
    monkeypatch.setattr("lukhas_notion.util.network.system_has_store", lambda: False)
    bundled = SYSTEM.context()
    assert not isinstance(bundled, truststore.SSLContext)
    assert bundled.cert_store_stats()["x509_ca"] > 50
    monkeypatch.setattr("lukhas_notion.github.connection.system_has_store", lambda: False)
    assert verify_option(SYSTEM) is True


@pytest.mark.parametrize("certain", [True, False])
def test_only_a_certificate_is_told_as_one(certain: bool) -> None:
    """Only the certificate error of the TLS library counts, below errors of HTTP libraries."""
    cause: OSError = ssl.SSLCertVerificationError("no") if certain else ConnectionResetError()
    failure = httpx.ConnectError("x")
    failure.__cause__ = RuntimeError()
    failure.__cause__.__context__ = cause
    cause.__context__ = failure
    assert is_untrusted(failure) is certain


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
    """Lower case comes first, then the variable of the scheme; NO_PROXY excludes hosts."""
    found = proxy_for(NOTION, environ)
    assert (found.url if found else None) == proxy


@pytest.mark.parametrize("host", ["localhost:4010", "127.0.0.1:4010", "[::1]:4010"])
def test_this_machine_is_reached_directly(host: str) -> None:
    """A connection to the embedded Notion never uses a proxy."""
    assert proxy_for(f"http://{host}", {"HTTP_PROXY": "http://p", "ALL_PROXY": "http://p"}) is None


def connection(proxy: str) -> Connection:
    """Open a connection to Notion through a proxy."""
    environ = {"NOTION_TOKEN": "ntn_x", "NOTION_DATABASE_ID": "0" * 32, "HTTPS_PROXY": proxy}
    config = load(Flags(root=".", max_retries=0), environ)
    return Connection.open(config, Runtime(environ, SystemClock()), read_only=True)


def test_the_proxy_is_asked_for_notion() -> None:
    """A connection asks the proxy for a tunnel to Notion, and reports a refusal."""
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
        thread.join()
    assert f"the proxy {proxy.removeprefix('http://')} (HTTPS_PROXY)" in caught.value.message
    assert "HTTPS_PROXY" in caught.value.remedy
    assert "NO_PROXY" in caught.value.remedy
    assert heard[0].startswith(b"CONNECT api.notion.com:443 ")


def test_a_proxy_that_is_none_is_a_configuration_error() -> None:
    """The message does not repeat the address, which may contain a password."""
    with pytest.raises(ConfigError, match="The proxy that the environment names") as caught:
        connection("ftp://me:secret@proxy")
    assert "secret" not in str(caught.value)


def test_a_proxy_that_is_dead_is_named() -> None:
    """The error names the proxy and its variable."""
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
    """The text of a proxy has its host and its variable, but no password."""
    proxy = Proxy(url, "ALL_PROXY")
    assert "secret" not in f"{proxy} {proxy!r}"
    assert "ALL_PROXY" in str(proxy)
