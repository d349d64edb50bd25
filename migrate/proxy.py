"""The agent of a migrated file that answers like a v0.2 user proxy."""

from __future__ import annotations

from collections.abc import Set

from .helpers import Helper

_MESSAGES = "autogen_agentchat.messages"
PROXY = "ProxyAgent"


def proxy_agent(features: Set[str]) -> Helper:
    """The agent that answers like a v0.2 user proxy, with the parts a file needs.

    Features: ``code`` (runs code blocks), ``ends`` (ends the chat itself), ``human`` (asks),
    ``model`` (lets a model answer what it does not answer otherwise).
    """
    imports: list[tuple[str, str]] = [
        ("collections.abc", "Sequence"),
        ("autogen_agentchat.agents", "BaseChatAgent"),
        ("autogen_agentchat.base", "Response"),
        (_MESSAGES, "BaseChatMessage"),
        (_MESSAGES, "TextMessage"),
        ("autogen_core", "CancellationToken"),
    ]
    if "code" in features:
        imports += [
            ("re", ""),
            ("autogen_core.code_executor", "CodeBlock"),
            ("autogen_core.code_executor", "CodeExecutor"),
        ]
    if "model" in features:
        imports += [
            ("autogen_core.models", "AssistantMessage"),
            ("autogen_core.models", "ChatCompletionClient"),
            ("autogen_core.models", "LLMMessage"),
            ("autogen_core.models", "SystemMessage"),
        ]
    if "ends" in features:
        imports += [("collections.abc", "Callable"), (_MESSAGES, "StopMessage")]
    if "human" in features:
        imports += [("asyncio", "")]
    if "nested" in features:
        imports += [("collections.abc", "Awaitable"), ("collections.abc", "Callable")]
        imports += [("typing", "Any")]
    needs = ("chat_history",) if "nested" in features else ()
    lines = [*_head(features), *_on_messages(features), *_reply(features), *_tail(features)]
    return Helper("".join(f"{line}\n" for line in lines), tuple(imports), needs)


_NEST = (
    "    def nest(",
    "        self,",
    "        hold: Callable[[list[dict[str, Any]]], Awaitable[str]],",
    "        senders: Sequence[str],",
    "    ) -> None:",
    '        """Answer these senders with what the chats that hold() has come to."""',
    "        self._held.insert(0, (hold, senders))",
    "",
)


def _does(features: Set[str]) -> str:
    """What the docstring says the agent does."""
    does = [
        text
        for feature, text in (
            ("human", "by asking the human"),
            ("nested", "by holding other chats"),
            ("code", "by running the code it is given"),
            ("model", "with a model"),
        )
        if feature in features
    ]
    return ", ".join([*does, "with a fixed text"])


def _head(features: Set[str]) -> list[str]:
    params = ["        name: str,", "        description: str,", "        *,"]
    body = [
        "        super().__init__(name, description)",
        "        self._default = reply",
        "        self._seen: list[BaseChatMessage] = []",
    ]
    if "human" in features:
        params.append('        human: str = "NEVER",')
        body.append("        self._human = human")
    if "code" in features:
        params.append("        executor: CodeExecutor | None = None,")
        params.append("        look_back: int | None = None,")
        body += [
            "        self._executor = executor",
            "        self._look_back = look_back",
            "        self._started = False",
        ]
    if "ends" in features:
        params.append("        ends: Callable[[BaseChatMessage], bool] = lambda message: False,")
        params.append("        limit: int = 100,")
        body += [
            "        self._ends = ends",
            "        self._limit = limit",
            "        self._count = 0",
        ]
    if "model" in features:
        params.append("        model_client: ChatCompletionClient | None = None,")
        params.append('        system_message: str = "",')
        body += [
            "        self._model_client = model_client",
            "        self._system_message = system_message",
        ]
    params.append('        reply: str = "",')
    if "nested" in features:
        body += [
            "        self._held: list[",
            "            tuple[Callable[[list[dict[str, Any]]], Awaitable[str]], Sequence[str]]",
            "        ] = []",
        ]
    return [
        f"class {PROXY}(BaseChatAgent):",
        f'    """Answers as a v0.2 user proxy did, {_does(features)}."""',
        "",
        "    def __init__(",
        "        self,",
        *params,
        "    ) -> None:",
        *body,
        "",
        *(_NEST if "nested" in features else ()),
    ]


def _on_messages(features: Set[str]) -> list[str]:
    kinds = "(TextMessage, StopMessage)" if "ends" in features else "(TextMessage,)"
    lines = [
        "    @property",
        "    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:",
        f"        return {kinds}",
        "",
        "    async def on_messages(",
        "        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken",
        "    ) -> Response:",
        "        self._seen.extend(messages)",
        "        text = await self._reply(len(messages), cancellation_token)",
    ]
    if "ends" in features:
        lines += [
            "        if text is None:",
            "            self._count = 0",
            '            return Response(chat_message=StopMessage(content="", source=self.name))',
        ]
    return [
        *lines,
        "        answer = TextMessage(content=text, source=self.name)",
        "        self._seen.append(answer)",
        "        return Response(chat_message=answer)",
        "",
    ]


def _reply(features: Set[str]) -> list[str]:
    kind = "str | None" if "ends" in features else "str"
    lines = [
        f"    async def _reply(self, new: int, cancellation_token: CancellationToken) -> {kind}:"
    ]
    if "ends" in features:
        lines += [
            "        ended = bool(self._seen) and self._ends(self._seen[-1])",
            "        tired = self._count >= self._limit",
        ]
    if "human" in features:
        lines += [
            '        asks = self._human == "ALWAYS"',
            '        if asks or (self._human == "TERMINATE" and (ended or tired)):',
            "            prompt = f\"Replying as {self.name} (Enter to go on, 'exit' to end): \"",
            "            text = await asyncio.to_thread(input, prompt)",
            '            if text == "exit" or (ended and not text):',
            "                return None",
            "            if text:",
            "                self._count = 0",
            "                return text",
            "        elif ended or tired:",
            "            return None",
        ]
    elif "ends" in features:
        lines += ["        if ended or tired:", "            return None"]
    if "ends" in features:
        lines.append("        self._count += 1")
    if "nested" in features:
        lines += [
            "        for hold, senders in self._held:",
            "            if self._seen and self._seen[-1].source in senders:",
            "                return await hold(chat_history(self._seen, self.name))",
        ]
    if "code" in features:
        lines += [
            "        look_back = new if self._look_back is None else self._look_back",
            "        recent = self._seen[-look_back:] if look_back else []",
            "        for message in reversed(recent if self._executor else []):",
            "            if blocks := self._code_blocks(message.to_text()):",
            "                return await self._run(blocks, cancellation_token)",
        ]
    if "model" in features:
        lines += [
            "        if self._model_client is not None:",
            "            return await self._ask(self._model_client, cancellation_token)",
        ]
    return [*lines, "        return self._default", ""]


def _tail(features: Set[str]) -> list[str]:
    lines: list[str] = []
    if "model" in features:
        lines += [
            "    async def _ask(",
            "        self, client: ChatCompletionClient, cancellation_token: CancellationToken",
            "    ) -> str:",
            "        thread: list[LLMMessage] = []",
            "        if self._system_message:",
            "            thread.append(SystemMessage(content=self._system_message))",
            "        for message in self._seen:",
            "            if message.source == self.name:",
            "                text = message.to_text()",
            "                thread.append(AssistantMessage(content=text, source=self.name))",
            "            else:",
            "                thread.append(message.to_model_message())",
            "        result = await client.create(thread, cancellation_token=cancellation_token)",
            "        return str(result.content)",
            "",
        ]
    if "code" in features:
        lines += [
            "    @staticmethod",
            "    def _code_blocks(text: str) -> list[CodeBlock]:",
            '        fence = r"```[ \\t]*(\\w+)?[ \\t]*\\r?\\n(.*?)\\r?\\n[ \\t]*```"',
            "        found = re.findall(fence, text, flags=re.DOTALL)",
            '        return [CodeBlock(code=c, language=lang or "python") for lang, c in found]',
            "",
            "    async def _run(",
            "        self, blocks: list[CodeBlock], cancellation_token: CancellationToken",
            "    ) -> str:",
            "        assert self._executor is not None",
            "        if not self._started:",
            "            await self._executor.start()",
            "            self._started = True",
            "        result = await self._executor.execute_code_blocks(blocks, cancellation_token)",
            '        state = "succeeded" if result.exit_code == 0 else "failed"',
            '        head = f"exitcode: {result.exit_code} (execution {state})"',
            '        return f"{head}\\nCode output: {result.output}"',
            "",
        ]
    lines += [
        "    async def on_reset(self, cancellation_token: CancellationToken) -> None:",
        "        self._seen.clear()",
    ]
    if "ends" in features:
        lines.append("        self._count = 0")
    if "code" in features:
        lines += [
            "",
            "    async def close(self) -> None:",
            "        if self._executor is not None and self._started:",
            "            await self._executor.stop()",
        ]
    return lines
