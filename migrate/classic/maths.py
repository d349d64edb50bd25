"""An agent that poses mathematical problems, and runs the queries they are solved with."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..prompts import MATH_LONG, MATH_PROMPTS, MATH_REPLY, MATH_REVISIT, MATH_SAME
from .agents import UserProxyAgent
from .coding import code_blocks
from .participant import Participant
from .talking import Message, content_text


class MathUserProxyAgent(UserProxyAgent):
    """Gives a problem to another agent, and runs its Python queries with those before them."""

    MAX_CONSECUTIVE_AUTO_REPLY = 15
    DEFAULT_REPLY = MATH_REPLY

    def __init__(
        self,
        name: str = "MathChatAgent",
        ends_chat: Callable[[Any], Any] | None = None,
        human_input: str = "NEVER",
        fixed_reply: Any = MATH_REPLY,
        max_invalid_q_per_step: int = 3,
        **options: Any,
    ) -> None:
        options |= {"ends_chat": ends_chat or has_answer, "human_input": human_input}
        super().__init__(name, fixed_reply=fixed_reply, **options)
        self._allowed = max_invalid_q_per_step
        self._invalid = 0
        self._before = ""
        self._last = ""
        self.add_reply([Participant, None], _math_reply, 2)

    def forget_queries(self) -> None:
        self._invalid, self._before, self._last = 0, "", ""

    @staticmethod
    def message_generator(sender: Any, recipient: Any, context: dict[str, Any]) -> str:
        """The first message about `context["problem"]`; `prompt_type` says how it is posed."""
        sender.forget_queries()
        prompt = context.get("customized_prompt")
        if prompt is None:
            prompt = MATH_PROMPTS[context.get("prompt_type", "default")]
        return f"{prompt}{context.get('problem')}"

    def generate_init_message(self, message: Any, **context: Any) -> Any:
        if message is None and "problem" in context:  # as early versions of v0.2 did
            return self.message_generator(self, None, context)
        return super().generate_init_message(message, **context)

    async def answer_to_queries(self, text: str) -> Any:
        """What the queries of a message print, or what to do instead."""
        blocks = code_blocks(text)
        if not blocks:
            return self._default_auto_reply
        outputs: list[str] = []
        failed = False
        for language, code in blocks:
            output, done = "Error: Unknown language.", False
            if language == "python":
                output, done = await self._query(code)
            outputs.append(output + "\n")
            failed = failed or not done
        reply = "".join(outputs).strip()
        if reply == self._last:
            return f"{reply}\n{MATH_SAME}"
        self._last = reply
        self._invalid += failed
        if self._invalid > self._allowed:
            self._invalid = 0
            return MATH_REVISIT
        return reply

    async def _query(self, code: str) -> tuple[str, bool]:
        """Output of one query, and whether it is of use; what runs is there for the next one."""
        code = self._before + printing(code.replace("; ", "\n").replace(";", "\n"))
        failed, output = await self._run(code)
        done = not failed
        if failed:
            output = "Error: " + re.sub(r'File "/[^"]+\.py"', 'File ""', output)
        elif not output:
            done = "print" in code
            output = "No output found." + ("" if done else " Make sure you print the results.")
        if len(output) > 2000:
            output, done = MATH_LONG, False
        lines = code.split("\n")
        if done:
            kept = "\n" + "\n".join(line for line in lines if not line.startswith("print(")) + "\n"
        else:
            kept = "\n" + "".join(line + "\n" for line in lines if "import" in line)
        if not (await self._run(self._before + kept))[0]:
            self._before += kept
        return output, done

    async def _run(self, code: str) -> tuple[int, str]:
        if self.code is None:
            raise ValueError(f"{self.name} runs no code")
        exit_code, output = await self.code.run([("python", code)])
        return exit_code, output.removeprefix("\n")


def printing(code: str) -> str:
    """The code with its last line printed, unless something is printed or set there."""
    if "print(" in code:
        return code
    *lines, last = code.splitlines()
    if "\t" in last or "=" in last:
        return code
    return "\n".join([*lines, f"print({last})"])


def boxed(text: str) -> str:
    r"""The inside of the last \boxed{…} of a text, or nothing."""
    start = text.rfind("\\boxed{")
    depth = 0
    for place in range(start, len(text)) if start >= 0 else ():
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if text[place] == "}" and not depth:
            return text[start + len("\\boxed{") : place]
    return ""


def has_answer(message: Message) -> bool:
    """Whether a message has an answer and no more queries."""
    text = content_text(message.get("content"))
    asks = any(language in ("python", "wolfram") for language, _ in code_blocks(text))
    return not asks and bool(boxed(text))


async def _math_reply(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    return True, await agent.answer_to_queries(content_text(messages[-1].get("content")))
