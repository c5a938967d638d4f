"""A port for a server that cannot take a listening socket."""

from __future__ import annotations

import random
import socket


def free_port() -> int:
    """Return a port that nobody listens on.

    No system gives one of these to a connection on its own, which could take it before the server
    does. Every worker of the tests has the same seed, so its random numbers do not choose it.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
