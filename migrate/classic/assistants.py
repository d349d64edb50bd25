"""An agent that OpenAI's Assistants API answers for."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from ..prompts import ASSISTANT_PROMPT
from .agents import ConversableAgent
from .models import client_for
from .participant import Participant
from .talking import Message, content_text, wait
from .tools import call_function

ASSISTANT_OPTIONS = ("assistant_id", "tools", "check_every_ms", "file_ids", "tool_resources")


class GPTAssistantAgent(ConversableAgent):
    """Keeps a thread for everybody it talks to, and runs the functions the assistant asks for."""

    def __init__(
        self,
        name: str = "GPT Assistant",
        instructions: str | None = None,
        model_config: Any = None,
        assistant_config: dict[str, Any] | None = None,
        overwrite_instructions: bool = False,
        overwrite_tools: bool = False,
        **options: Any,
    ) -> None:
        options.pop("verbose", None)
        settings: dict[str, Any] = {**(model_config or {})}
        given = {key: settings.pop(key) for key in ASSISTANT_OPTIONS if key in settings}
        self._assistant = given | (assistant_config or {})
        self._overwritten = overwrite_instructions, overwrite_tools
        self._instructions = instructions
        entries: list[dict[str, Any]] = settings.get("config_list") or [{}]
        entry = {**settings, **entries[0]}
        self._model = str(entry.get("model") or "gpt-4-0125-preview")
        self._openai: Any = getattr(client_for({**entry, "model": self._model}), "_client", None)
        self._assistant_id: str | None = None
        self._threads: dict[Any, str] = {}
        self._read: dict[Any, int] = defaultdict(int)
        super().__init__(
            name, instructions or ASSISTANT_PROMPT, human_input="NEVER", model_config=settings,
            **options,
        )  # fmt: skip
        self.add_reply([Participant, None], _assistant_reply, 2)

    @property
    def assistant_id(self) -> str | None:
        return self._assistant_id

    @property
    def openai_client(self) -> Any:
        return self._openai

    async def assistant_answer(self, messages: list[Message], sender: Any) -> Message:
        """What the assistant says to what it has not read yet."""
        beta = self._openai.beta
        if self._assistant_id is None:
            self._assistant_id = await self._found_or_made()
        if sender not in self._threads:
            self._threads[sender] = (await beta.threads.create(messages=[])).id
        thread = self._threads[sender]
        for message in messages[self._read[sender] :]:
            text = content_text(message.get("content"))
            if text.strip():
                await beta.threads.messages.create(
                    thread_id=thread, content=text, role=message["role"]
                )
        run = await beta.threads.runs.create(
            thread_id=thread, assistant_id=self._assistant_id, instructions=self.system_message
        )
        said = [part async for part in self._said(thread, await self._finished(thread, run))]
        assert said, "No response from the assistant."
        self._read[sender] = len(self._oai_messages[sender]) + 1
        return {"role": "assistant", "content": "\n\n".join(said)}

    async def _found_or_made(self) -> str:
        """The assistant that is named, one of the same name and making, or a new one."""
        assistants = self._openai.beta.assistants
        wanted = self._assistant.get("assistant_id")
        tools: list[Any] = self._assistant.get("tools") or []
        changes: dict[str, Any] = {"tools": tools} if tools else {}
        if self._assistant.get("tool_resources"):
            changes["tool_resources"] = self._assistant["tool_resources"]
        if wanted is not None:
            found = await assistants.retrieve(wanted)
            if self._instructions is None:
                self.set_system_message(found.instructions)
            elif self._overwritten[0]:
                await assistants.update(wanted, instructions=self._instructions)
            if tools and self._overwritten[1]:
                await assistants.update(wanted, **changes)
            return wanted
        async for each in assistants.list(limit=100):
            kinds = sorted(tool.type for tool in each.tools)
            alike = each.name == self.name and kinds == sorted(tool["type"] for tool in tools)
            if alike and each.instructions == self.system_message:
                return each.id
        made = await assistants.create(
            name=self.name, instructions=self.system_message, model=self._model, **changes
        )
        return made.id

    async def _finished(self, thread: str, run: Any) -> Any:
        """The run when it is done; what it asks for is run here."""
        runs = self._openai.beta.threads.runs
        pause = int(self._assistant.get("check_every_ms") or 1000) / 1000
        while run.status != "completed":
            if run.status in ("queued", "in_progress"):
                await asyncio.sleep(pause)
                run = await runs.retrieve(run.id, thread_id=thread)
            elif run.status == "requires_action":
                outputs: list[dict[str, Any]] = []
                for each in run.required_action.submit_tool_outputs.tool_calls:
                    asked = {"name": each.function.name, "arguments": each.function.arguments}
                    _, found = await call_function(self, asked)
                    outputs.append({"tool_call_id": each.id, "output": found["content"]})
                run = await runs.submit_tool_outputs(run.id, thread_id=thread, tool_outputs=outputs)
            else:
                raise ValueError(f"Unexpected run status: {run.status}")
        return run

    async def _said(self, thread: str, run: Any) -> AsyncIterator[str]:
        async for message in self._openai.beta.threads.messages.list(thread, order="asc"):
            if message.run_id == run.id:
                for part in message.content:
                    is_text = part.type == "text"
                    file = "" if is_text else part.image_file.file_id
                    yield f"{part.text.value}\n" if is_text else f"Received file id={file}"

    def reset(self) -> None:
        super().reset()
        for thread in self._threads.values():
            wait(self._openai.beta.threads.delete(thread))
        self._threads.clear()
        self._read.clear()

    def delete_assistant(self) -> None:
        """Take the assistant away from OpenAI, where it is kept otherwise."""
        if self._assistant_id is not None:
            wait(self._openai.beta.assistants.delete(self._assistant_id))


async def _assistant_reply(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    return True, await agent.assistant_answer(messages, sender)
