"""Documents and comments: links lead somewhere, and nothing speaks of one machine."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
ANCHOR = re.compile(r'<a id="([\w-]+)">')
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)

# Folders of one person's or one machine's, and hosts that packages come from: where those are is
# the affair of whoever installs. Brackets keep the patterns from finding themselves.
MACHINE = [
    re.compile(r"(?<![\w.~<>*-])/(?:[r]oot|[h]ome|[w]ork|[U]sers|[o]pt)/"),
    re.compile(r"/tmp/[w]ork"),
    re.compile(r"(?<![\w-])(?:[\w-]+\.)*(?:[p]ypi\.org|[p]ythonhosted\.org|[n]pmjs\.(?:org|com))"),
    re.compile(r"(?<![\w-])(?:[\w-]+\.)*[d]ebian\.org"),
]
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
# What it leaves in other people's programs is the migrator's product.
MARKS = re.compile(r"(?:^|/)migrat")
BINARY = {".png", ".gz", ".loupe", ".db", ".ico"}


def texts(root: Path, files: list[Path]) -> Iterator[tuple[Path, str]]:
    for path in files:
        if path.suffix not in BINARY and path != Path("LICENSE"):
            yield path, (root / path).read_text(encoding="utf-8", errors="replace")


def slug(heading: str) -> str:
    """The anchor a heading gets where Markdown is shown."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.strip().replace(" ", "-")


def anchors(text: str) -> set[str]:
    return {*map(slug, HEADING.findall(text)), *ANCHOR.findall(text)}


def broken(root: Path, document: Path, text: str) -> Iterator[str]:
    for target in LINK.findall(FENCE.sub("", text)):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (root / document).parent / name if name else root / document
        if not path.exists():
            yield f"{document}: {target}"
        elif anchor and anchor not in anchors(path.read_text("utf-8")):
            yield f"{document}: {target} (no such heading)"


def test_relative_links_resolve(root: Path, repository_files: list[Path]) -> None:
    documents = [path for path in repository_files if path.suffix == ".md"]
    documents = [path for path in documents if path.parts[0] != "fixtures"]
    assert Path("README.md") in documents
    found = [each for path, text in texts(root, documents) for each in broken(root, path, text)]
    assert found == []


def test_a_broken_link_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# One thing\n")
    text = "[x](a.md) [x](a.md#one-thing) [x](b.md) [x](a.md#two) ```[x](c.md)``` [x](https://a.b)"
    assert [*broken(tmp_path, Path("z.md"), text)] == [
        "z.md: b.md",
        "z.md: a.md#two (no such heading)",
        "z.md: c.md",
    ]


def test_nothing_names_a_machine(root: Path, repository_files: list[Path]) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:80]}"
        for path, text in texts(root, repository_files)
        for number, line in enumerate(text.splitlines(), 1)
        if any(pattern.search(line) for pattern in MACHINE)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("see /{}/x", "root"),
        ("cd /{}/shared", "work"),
        ("open('/{}/me/a.py')", "home"),
        ("https://{}.org/simple", "pypi"),
    ],
)
def test_a_machine_would_be_noticed(line: str, named: str) -> None:
    assert any(pattern.search(line.format(named)) for pattern in MACHINE)
    assert not any(pattern.search("http://127.0.0.1:8000/work docs/work/a") for pattern in MACHINE)


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Number and text of each comment; what stands in strings is data."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_nothing_is_left_for_later(root: Path, repository_files: list[Path]) -> None:
    files = [path for path in repository_files if path.suffix == ".py"]
    files = [path for path in files if path.parts[0] != "fixtures" and not MARKS.search(str(path))]
    found = [
        f"{path}:{number}: {comment}"
        for path, text in texts(root, files)
        for number, comment in comments(text)
        if UNFINISHED.search(comment)
    ]
    assert found == []


def test_a_note_to_oneself_would_be_noticed() -> None:
    source = "x = '# TODO'  # a word to look for\ny = 1  # TO" + "DO: more\n"
    found = [number for number, comment in comments(source) if UNFINISHED.search(comment)]
    assert found == [2]


def test_the_version_is_in_the_changelog(root: Path, project: dict[str, dict[str, str]]) -> None:
    version = project["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}\b", (root / "CHANGELOG.md").read_text(), re.M)


def test_every_dependency_is_justified(
    root: Path, project: dict[str, dict[str, list[str]]]
) -> None:
    text = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w-]+) \| .{15,} \|$", text, re.M)
    needed = [re.split(r"[<>=\[]", need)[0] for need in project["project"]["dependencies"]]
    assert sorted(rows) == sorted(needed)
