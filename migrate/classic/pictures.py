"""An agent that sees the pictures which messages name."""

from __future__ import annotations

import base64
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autogen_core import Image

from .agents import ConversableAgent
from .talking import Message

IMAGE_TAG = re.compile(r"<img ([^>]+)>")


class MultimodalConversableAgent(ConversableAgent):
    """Takes the pictures of `<img …>` tags along with the text of what it hears."""

    def __init__(
        self, name: str, system_message: Any = "You are a helpful AI assistant.", *args: Any,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(name, system_message, *args, **options)

    def _remember(self, message: Message, role: str, other: Any, name: str) -> bool:
        content = message.get("content")
        if isinstance(content, str):
            message = {**message, "content": text_and_images(content)}
        return super()._remember(message, role, other, name)


def images_in(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """The `<img …>` tags of a text, and where their pictures are."""
    for tag in IMAGE_TAG.finditer(text):
        yield tag, tag[1].strip().removeprefix("src=").strip().strip("\"'")


def text_and_images(text: str) -> list[Message]:
    """The parts of a text with `<img …>` tags; one that cannot be loaded stays a tag."""
    parts: list[Message] = []
    end = 0
    for tag, place in images_in(text):
        try:
            link = data_uri(place)
        except Exception as error:  # whatever is wrong with it, the conversation goes on
            print(f"Warning! Unable to load image from {place}, because {error}")
            continue
        parts.append({"type": "text", "text": text[end : tag.start()]})
        parts.append({"type": "image_url", "image_url": {"url": link}})
        end = tag.end()
    return [*parts, {"type": "text", "text": text[end:]}]


def data_uri(place: str) -> str:
    """The picture at an address or in a file, or one that is written out, as a data URI."""
    if place.startswith("data:"):
        return place
    if place.startswith(("http://", "https://")):
        with urllib.request.urlopen(place) as found:
            return Image.from_base64(base64.b64encode(found.read()).decode()).data_uri
    if Path(place).exists():
        return Image.from_file(Path(place)).data_uri
    return Image.from_base64(place).data_uri
