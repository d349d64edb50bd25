"""Agents that others see for: LLaVA, or a model that describes pictures in words."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from typing import Any, cast

from autogen_core import Image

from ..prompts import CAPTION_PROMPT
from .participant import Participant
from .pictures import MultimodalConversableAgent, data_uri, images_in
from .talking import Message, content_text
from .wrapper import OpenAIWrapper

SEPARATOR = "###"
ATTEMPTS = 10


def get_image_data(image_file: Any, use_b64: bool = True) -> Any:
    """A picture at an address or in a file, or one that is written out, as PNG."""
    if isinstance(image_file, str):
        encoded = data_uri(image_file).partition(",")[2]
    else:
        encoded = Image.from_pil(image_file).data_uri.partition(",")[2]
    return encoded if use_b64 else base64.b64decode(encoded)


def get_pil_image(image_file: Any) -> Any:
    """A picture as PIL has it, in RGB."""
    pillow: Any = import_module("PIL.Image")
    if not isinstance(image_file, str):
        return image_file.convert("RGB")
    return pillow.open(BytesIO(get_image_data(image_file, use_b64=False))).convert("RGB")


def pil_to_data_uri(image: Any) -> str:
    return Image.from_pil(image).data_uri


class LLaVAAgent(MultimodalConversableAgent):
    """Answers with what LLaVA says, on a server of one's own or at Replicate."""

    def __init__(
        self,
        name: str,
        system_message: Any = "You are an AI agent and you can view images.",
        *args: Any,
        **options: Any,
    ) -> None:
        super().__init__(name, system_message, *args, **options)
        self.add_reply([Participant, None], _seen, 2)


def _seen(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    prompt, images = f"{content_text(agent.system_message)}\n", list[str]()
    for message in messages:
        role = "Human" if message["role"] == "user" else "Assistant"
        content: Any = message["content"]
        parts = cast("list[Message]", content) if isinstance(content, list) else []
        images += [
            get_image_data(each["image_url"]["url"]) for each in parts if "image_url" in each
        ]
        prompt += f"{SEPARATOR}{role}: {content_text(content)}\n"
    prompt += f"\n{SEPARATOR}Assistant: "
    settings: dict[str, Any] = agent.llm_config
    for _ in range(ATTEMPTS):
        answer = ask_llava(prompt, images, settings)
        if answer:
            return True, answer
    raise AssertionError("Empty response from LLaVA.")


def llava_call(prompt: str, model_config: dict[str, Any]) -> str:
    """What LLaVA says to a text with `<img …>` tags."""
    images: list[str] = []
    text = prompt
    for tag, place in images_in(prompt):
        try:
            images.append(get_image_data(place))
            text = text.replace(tag[0], "<image>", 1)
        except Exception as error:  # whatever is wrong with it, the question is asked
            print(f"Warning! Unable to load image from {place}, because of {error}")
            text = text.replace(tag[0], "", 1)
    return ask_llava(text, images, model_config, seed=model_config.get("seed"))


def ask_llava(
    prompt: str, images: list[str], settings: dict[str, Any], seed: int | None = 1
) -> str:
    """The answer of the first entry of `config_list` that gives one."""
    failure = "no config_list"
    for entry in settings["config_list"]:
        try:
            ask = _ask_server if _is_here(entry["base_url"]) else _ask_replicate
            answer = ask(prompt, images, entry, {**settings, "seed": seed})
            return answer.replace(prompt, "").strip()
        except Exception as error:
            failure = str(error)
            print(f"Error: {error}")
    raise RuntimeError(f"LLaVA did not answer: {failure}")


def _is_here(place: str) -> bool:
    return "0.0.0.0" in place or "localhost" in place


def _ask_server(
    prompt: str, images: list[str], entry: dict[str, Any], settings: dict[str, Any]
) -> str:
    web: Any = import_module("requests")
    response = web.post(
        entry["base_url"].rstrip("/") + "/worker_generate_stream",
        headers={"User-Agent": "LLaVA Client"},
        json={
            "model": entry["model"],
            "prompt": prompt,
            "max_new_tokens": settings.get("max_new_tokens", 2000),
            "temperature": settings.get("temperature", 0.5),
            "stop": SEPARATOR,
            "images": images,
        },
        stream=False,
    )
    output = ""
    for chunk in response.iter_lines(chunk_size=8192, decode_unicode=False, delimiter=b"\0"):
        if chunk:
            output = json.loads(chunk.decode())["text"].split(SEPARATOR)[-1]
    return output


def _ask_replicate(
    prompt: str, images: list[str], entry: dict[str, Any], settings: dict[str, Any]
) -> str:
    image = f"data:image/jpeg;base64,{images[0]}"  # it takes one
    asked = {"image": image, "prompt": prompt.replace("<image>", " "), "seed": settings["seed"]}
    return "".join(import_module("replicate").run(entry["base_url"], input=asked))


class VisionCapability:
    """Tells an agent in words what is on the pictures of what it hears."""

    def __init__(
        self,
        lmm_config: Any,
        description_prompt: str | None = CAPTION_PROMPT,
        custom_caption_func: Callable[[str, Any, Any], str] | None = None,
    ) -> None:
        if not (lmm_config or custom_caption_func):
            raise AssertionError("VisionCapability needs an lmm_config or custom_caption_func")
        self._prompt = description_prompt
        self._client: Any = OpenAIWrapper(lmm_config) if lmm_config else None
        self._custom = custom_caption_func

    def add_to_agent(self, agent: Any) -> None:
        told = f"{agent.system_message}\nYou've been given the ability to interpret images."
        agent.set_system_message(told)
        agent.add_hook("process_last_received_message", self.process_last_received_message)

    def process_last_received_message(self, content: Any) -> str:
        """The text, with a description behind each picture."""
        parts: list[Message] = content
        if isinstance(content, str):
            parts, end = [], 0
            for tag, place in images_in(content):
                parts.append({"text": content[end : tag.start()]})
                parts.append({"image_url": {"url": place}})
                end = tag.end()
            parts.append({"text": content[end:]})
        told = ""
        for part in parts:
            if "image_url" not in part:
                told += part["text"]
                continue
            place = part["image_url"]["url"]
            caption = self._caption(place)
            told += f"<img {place}> in case you can not see, the caption of this image is: "
            told += f"{caption}\n"
        return told

    def _caption(self, place: str) -> str:
        if self._custom is not None:
            return self._custom(place, get_pil_image(place), self._client)
        asked = [
            {"type": "text", "text": self._prompt},
            {"type": "image_url", "image_url": {"url": data_uri(place)}},
        ]
        response = self._client.create(messages=[{"role": "user", "content": asked}])
        return content_text(response.choices[0].message.content)
