"""Runs ``lukhas-notion`` for many callers from one process that has everything imported.

Usage: ``python support_docs_server.py SOCKET``. A caller hands over its arguments, folder,
environment and three streams; a fork of this process is the command, and its exit code goes back.
Importing takes longer than most commands do, and the pages run many of them.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import pkgutil
import select
import socket
import sys
from importlib import import_module

#: What a session's ``lukhas-notion`` is; started without site-packages, so that it is quick.
CLIENT = """\
import array, json, os, socket, sys
said = json.dumps([sys.argv[2:], os.getcwd(), dict(os.environ)]).encode()
with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    server.sendmsg([b"%010d" % len(said)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                             array.array("i", [0, 1, 2]))])
    server.sendall(said)
    sys.exit(int(server.recv(16) or b"99"))
"""


def _asked(caller: socket.socket) -> tuple[list[str], str, dict[str, str], list[int]]:
    streams = array.array("i")
    head, ancillary, _, _ = caller.recvmsg(10, socket.CMSG_SPACE(3 * streams.itemsize))
    for _, _, data in ancillary:
        streams.frombytes(data[: 3 * streams.itemsize])
    said = b""
    while len(said) < int(head):
        said += caller.recv(65_536)
    arguments, folder, environ = json.loads(said)
    return arguments, folder, environ, list(streams)


def _become(arguments: list[str], folder: str, environ: dict[str, str], streams: list[int]) -> int:
    """Run the command in this process, which is a fork of its own."""
    from lukhas_notion.cli import main

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    # As on a terminal, so that both streams keep the order in which they were written.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    try:
        return main(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)


def serve(path: str) -> None:
    """Answer callers until standard input is closed."""
    import lukhas_notion

    for module in pkgutil.walk_packages(lukhas_notion.__path__, "lukhas_notion."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        print("ready", flush=True)
        while server in select.select([server, sys.stdin], [], [])[0]:
            caller, _ = server.accept()
            with caller:
                arguments, folder, environ, streams = _asked(caller)
                if (child := os.fork()) == 0:
                    code = 70
                    with contextlib.suppress(BrokenPipeError):
                        try:
                            code = _become(arguments, folder, environ, streams)
                            sys.stdout.flush()
                        finally:
                            os._exit(code)
                for stream in streams:
                    os.close(stream)
                _, status = os.waitpid(child, 0)
                caller.sendall(str(os.waitstatus_to_exitcode(status)).encode())


if __name__ == "__main__":
    serve(sys.argv[1])
