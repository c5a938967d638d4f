"""Output that fails is remembered, and raises nothing."""

from __future__ import annotations

import errno
import io

import pytest

from lukhas_notion.github.runner import Commands
from lukhas_notion.util.runtime import SafeStream


@pytest.mark.parametrize(
    ("encoding", "seen"), [("cp1252", b"\\u2713 caf\xe9 \\ud800"), ("ascii", b"\\u2713 caf\\xe9")]
)
def test_what_an_encoding_lacks_is_escaped(encoding: str, seen: bytes) -> None:
    """A console of another code page shows the rest as it is."""
    raw = io.BytesIO()
    stream = SafeStream(io.TextIOWrapper(raw, encoding=encoding, write_through=True))
    stream.write("✓ café \ud800")
    assert raw.getvalue().startswith(seen)
    assert not stream.trouble


class Failing(io.StringIO):
    """A stream that takes so many writes."""

    def __init__(self, writes: int, error: Exception) -> None:
        super().__init__()
        self.left, self.error = writes, error

    def write(self, text: str) -> int:
        """Write, or fail."""
        if not self.left:
            raise self.error
        self.left -= 1
        return super().write(text)


@pytest.mark.parametrize(
    "error",
    [
        BrokenPipeError(errno.EPIPE, "Broken pipe"),
        OSError(errno.ENOSPC, "No space left on device"),
        ValueError("I/O operation on closed file"),
    ],
)
def test_a_failure_is_remembered_and_not_raised(error: Exception) -> None:
    """The first failure ends the output, and nothing else."""
    inner = Failing(1, error)
    stream = SafeStream(inner)
    for word in ("a", "b", "c"):
        print(word, end="", file=stream)
    stream.flush()
    assert inner.getvalue() == "a"
    assert stream.trouble == (getattr(error, "strerror", None) or str(error))
    assert not stream.isatty()


def test_a_stream_that_is_not_there_is_one_that_nobody_reads() -> None:
    """A process without standard output drops its output."""
    stream = SafeStream(None)
    stream.writelines(["a", "b"])
    stream.settle()
    assert stream.trouble == "it is closed"
    with pytest.raises(OSError, match="closed"):
        stream.fileno()


@pytest.mark.parametrize("stream", [None, Failing(0, OSError(errno.ENOSPC, "full"))])
def test_the_log_of_the_action_stops_nothing_either(stream: io.StringIO | None) -> None:
    """A runner whose disk is full gets no annotations, and the apply goes on."""
    commands = Commands(stream)
    commands.log("a")
    commands.error("b", title="c")
    commands.mask("a secret")
    assert stream is None or stream.getvalue() == ""
