"""Texts of files and pages, in pieces a model takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from urllib.request import Request, urlopen

import tiktoken

TEXT_TYPES = [
    str(kind) for kind in "txt json csv tsv md html htm rtf rst jsonl log xml yaml yml pdf".split()
]
SHORTEST_CHUNK = 5  # characters


def tokens_of_model(text: str, model: str = "gpt-3.5-turbo-0613") -> int:
    try:
        encoding = tiktoken.encoding_for_model(model)
    except KeyError:
        encoding = tiktoken.get_encoding("cl100k_base")
    return len(encoding.encode(text))


def texts_of(place: Any, types: list[str], recursive: bool) -> Iterator[tuple[str, str]]:
    """Texts and where they are from: of a file, a page, all files of a folder, or a list of any.

    Raises ValueError for a place that is not there.
    """
    if isinstance(place, list):
        for each in cast("list[Any]", place):
            if re.match(r"\w+://", str(each)) or Path(each).exists():
                yield from texts_of(each, types, recursive)
            else:
                print(f"{each} does not exist. Skipping.")
        return
    if re.match(r"\w+://", str(place)):
        found = [(page_text(str(place)), str(place))]
    else:
        found = [(file_text(file), str(file)) for file in files_in(Path(place), types, recursive)]
    yield from (each for each in found if each[0].strip())


def files_in(place: Path, types: list[str], recursive: bool) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.exists():
        raise ValueError(f"Directory {place} does not exist.")
    wanted = {kind.removeprefix(".").lower() for kind in types}
    inside = place.rglob("*") if recursive else place.glob("*")
    return sorted(each for each in inside if each.is_file() and each.suffix[1:].lower() in wanted)


def file_text(file: Path) -> str:
    if file.suffix.lower() != ".pdf":
        return file.read_text(encoding="utf-8", errors="ignore")
    reader: Any = import_module("pypdf").PdfReader(file)
    return "".join(page.extract_text() for page in reader.pages)


def page_text(url: str) -> str:
    """A page of the web, as Markdown where it is HTML."""
    with urlopen(Request(url, headers={"User-Agent": "Mozilla/5.0"}), timeout=30) as found:
        text = found.read().decode("utf-8", "ignore")
        if "text/html" not in found.headers.get("content-type", ""):
            return text
    page: Any = import_module("bs4").BeautifulSoup(text, "html.parser")
    title = page.title.string if page.title else url
    for each in page(["script", "style"]):
        each.extract()
    body = import_module("markdownify").MarkdownConverter().convert_soup(page)
    return f"# {title}\n\n" + re.sub(r"\n{2,}", "\n\n", body.replace("\r\n", "\n")).strip()


def chunks_of(text: str, limit: int, mode: str, at_empty_line: bool) -> list[str]:
    """Pieces of a text of so many tokens at most, cut at empty lines where that is possible."""
    lines, found = text.split("\n"), list[str]()
    at_empty_line = at_empty_line and mode != "one_line" and len(lines) >= 3
    sizes = [tokens_of_model(line) for line in lines]
    while (total := sum(sizes)) > limit:
        guess = 2 if mode == "one_line" else max(int(limit / total * len(lines)), 2)
        places = [
            place
            for place in range(1, min(guess, len(lines)))
            if not (at_empty_line and lines[place].strip()) and sum(sizes[:place]) <= limit
        ]
        if places:
            found.append("\n".join(lines[: places[-1]]))
            lines, sizes = lines[places[-1] :], sizes[places[-1] :]
        elif at_empty_line:
            at_empty_line = False
        else:  # a single line is too long
            size = max(int(limit / (sizes[0] * 0.9 * len(lines[0]) + 0.1)), SHORTEST_CHUNK)
            found.append(lines[0][:size])
            lines[0] = lines[0][size:]
            sizes[0] = tokens_of_model(lines[0])
    found.append("\n".join(lines).strip())
    return [chunk for chunk in found if len(chunk) >= SHORTEST_CHUNK]
