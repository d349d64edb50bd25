"""Output of any size and kind: what is shown of it, and what is kept."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agentloupe.runtime.executors.output import Output


def fed(tmp_path: Path, limit: int, *pieces: bytes, file_limit: int = 1 << 20) -> Output:
    output = Output(limit, lambda: tmp_path / "all.txt", file_limit=file_limit)
    for piece in pieces:
        output.feed(piece)
    output.close()
    return output


def test_what_fits_is_whole_and_makes_no_file(tmp_path: Path) -> None:
    output = fed(tmp_path, 10, b"01234", b"56789")
    assert (output.text(), output.omitted, output.path) == ("0123456789", 0, None)
    assert list(tmp_path.iterdir()) == []


def test_beginning_and_end_are_shown_and_all_of_it_is_kept(tmp_path: Path) -> None:
    output = fed(tmp_path, 10, b"abcdefgh", b"ijklmnop", b"qrstuvwxyz")
    assert output.text() == (
        f"abcde\n[... 16 bytes left out; all of it: {tmp_path / 'all.txt'} ...]\nvwxyz"
    )
    assert (output.size, output.omitted) == (26, 16)
    assert (tmp_path / "all.txt").read_bytes() == b"abcdefghijklmnopqrstuvwxyz"


def test_the_file_is_bounded_and_says_so(tmp_path: Path) -> None:
    output = fed(tmp_path, 4, b"x" * 50, b"y" * 50, file_limit=60)
    assert (tmp_path / "all.txt").read_bytes() == b"x" * 50 + b"y" * 10
    assert "the first 60 bytes" in output.text()


def test_a_disk_that_takes_no_more_costs_the_rest_and_no_more(tmp_path: Path) -> None:
    output = Output(4, lambda: tmp_path / "no" / "such" / "folder" / "all.txt")
    for piece in (b"begin", b"middle", b"the end"):
        output.feed(piece)
    assert output.text() == "be\n[... 14 bytes left out ...]\nnd"
    full = Output(4, lambda: Path("/dev/full"))
    full.feed(b"begin")
    full.feed(b"the end")
    full.close()
    assert full.text() == "be\n[... 8 bytes left out; the first 0 bytes: /dev/full ...]\nnd"


def test_bytes_that_are_no_text_are_shown_as_escapes(tmp_path: Path) -> None:
    assert fed(tmp_path, 100, b"\xff\xfe ok").text() == r"\xff\xfe ok"


def test_a_listener_gets_characters_whole(tmp_path: Path) -> None:
    heard: list[str] = []
    output = Output(100, lambda: tmp_path / "all.txt", listener=heard.append)
    for byte in "grüß €".encode():
        output.feed(bytes([byte]))
    assert "".join(heard) == "grüß €"


@given(pieces=st.lists(st.binary(max_size=40), max_size=20), limit=st.integers(0, 64))
def test_nothing_is_lost_or_made_up(
    tmp_path_factory: object, pieces: list[bytes], limit: int
) -> None:
    folder = tmp_path_factory.mktemp("output")  # pyright: ignore[reportAttributeAccessIssue]
    output = fed(folder, limit, *pieces)
    whole = b"".join(pieces)
    assert output.size == len(whole)
    assert output.omitted == max(0, len(whole) - limit)
    if output.path is not None:
        assert output.path.read_bytes() == whole
    if not output.omitted:
        assert output.text() == whole.decode("utf-8", "backslashreplace")


@given(text=st.text(min_size=1, max_size=60), limit=st.integers(0, 40))
def test_characters_are_not_cut(tmp_path_factory: object, text: str, limit: int) -> None:
    folder = tmp_path_factory.mktemp("output")  # pyright: ignore[reportAttributeAccessIssue]
    output = fed(folder, limit, text.encode("utf-8", "replace"))
    if output.omitted:
        head, _, tail = output.text().partition("\n[... ")
        assert text.encode("utf-8", "replace").decode().startswith(head)
        assert text.encode("utf-8", "replace").decode().endswith(tail.partition("...]\n")[2])
