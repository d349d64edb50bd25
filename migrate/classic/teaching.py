"""An agent that learns from those it talks to, and remembers it the next time."""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from ..prompts import ANALYZER_PROMPT, TEACHING_NOTE, TEACHING_QUESTIONS
from .agents import ConversableAgent
from .models import model_reply
from .participant import Participant
from .talking import Message, content_text, wait


class TextAnalyzerAgent(ConversableAgent):
    """Answers a text and instructions about it with what its model makes of them."""

    def __init__(
        self,
        name: str = "analyzer",
        system_message: Any = ANALYZER_PROMPT,
        human_input: str = "NEVER",
        model_config: Any = None,
        **options: Any,
    ) -> None:
        options |= {"human_input": human_input, "model_config": model_config}
        super().__init__(name, system_message, **options)
        self.add_reply(Participant, _analysis, 2)

    def analyze_text(self, text_to_analyze: str, analysis_instructions: str) -> Any:
        """The same without a chat."""
        parts = ({"content": each} for each in (text_to_analyze, analysis_instructions))
        return wait(_analysis(self, [*parts]))[1]


async def _analysis(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    text, instructions = (content_text(each.get("content")) for each in messages)
    order = f"# INSTRUCTIONS\n{instructions}\n"
    asked = "\n".join([order, f"# TEXT\n{text}\n", order])
    return await model_reply(agent, [{"role": "user", "content": asked}])


class Teachability:
    """Adds what is remembered to what an agent hears, and remembers what it is taught.

    What is remembered is where v0.2 kept it: in Chroma, and in a file beside it.
    """

    def __init__(
        self,
        verbosity: int = 0,
        reset_db: bool = False,
        path_to_db_dir: str = "./tmp/teachable_agent_db",
        recall_threshold: float = 1.5,
        max_num_retrievals: int = 10,
        model_config: Any = None,
    ) -> None:
        self.verbosity = verbosity
        self.recall_threshold = recall_threshold
        self.max_num_retrievals = max_num_retrievals
        self.model_config = model_config
        self.memo_store = MemoStore(verbosity, reset_db, path_to_db_dir)
        self.analyzer: Any = None
        self.teachable_agent: Any = None

    def add_to_agent(self, agent: Any) -> None:
        self.teachable_agent = agent
        agent.add_hook("process_last_received_message", self.process_last_received_message)
        self.analyzer = TextAnalyzerAgent(model_config=self.model_config or agent.llm_config)
        agent.set_system_message(agent.system_message + TEACHING_NOTE)

    async def process_last_received_message(self, text: str) -> str:
        """The text with what is known about it, after remembering what it teaches."""
        known = text
        if self.memo_store.last_memo_id:
            known += self._told([memo async for memo in self._recalled(text)])
        await self._remember(text)
        return known

    async def _recalled(self, text: str) -> AsyncIterator[str]:
        """Answers and advice that belong to a text, or to the task in it."""
        for memo in self._related(text):
            yield memo
        if "yes" in (await self._asked(text, "has_task")).lower():
            task = await self._asked(text, "task_only")
            for memo in self._related(await self._asked(task, "kind")):
                yield memo

    def _related(self, text: str) -> Iterator[str]:
        found = self.memo_store.get_related_memos(
            text, self.max_num_retrievals, self.recall_threshold
        )
        return (output for _, output, _ in found)

    def _told(self, memos: list[str]) -> str:
        if not memos:
            return ""
        return "\n\n# Memories that might help\n" + "".join(
            f"- {memo}\n" for memo in dict.fromkeys(memos)
        )

    async def _remember(self, text: str) -> None:
        """Advice for a task, and facts, each under what will be asked for it."""
        before = self.memo_store.last_memo_id
        if "yes" in (await self._asked(text, "has_task")).lower():
            advice = await self._asked(text, "advice")
            if "none" not in advice.lower():
                task = await self._asked(text, "task")
                self.memo_store.add_input_output_pair(await self._asked(task, "kind"), advice)
        if "yes" in (await self._asked(text, "has_fact")).lower():
            question = await self._asked(text, "question")
            self.memo_store.add_input_output_pair(question, await self._asked(text, "fact"))
        if self.memo_store.last_memo_id > before:
            self.memo_store.save()

    async def _asked(self, text: str, question: str) -> str:
        agent, analyzer, silent = self.teachable_agent, self.analyzer, self.verbosity < 2
        analyzer.reset()
        await agent.a_send(text, analyzer, False, silent)
        await agent.a_send(TEACHING_QUESTIONS[question], analyzer, True, silent)
        return content_text(agent.latest_message(analyzer)["content"])


class MemoStore:
    """Pairs of texts: what is asked for, and what is known about it."""

    def __init__(self, verbosity: int, reset: bool, path_to_db_dir: str) -> None:
        self.verbosity = verbosity
        self._client: Any = import_module("chromadb").PersistentClient(path_to_db_dir)
        self._memos: Any = self._client.get_or_create_collection("memos")
        self._file = Path(path_to_db_dir) / "uid_text_dict.pkl"
        self.uid_text_dict: dict[str, tuple[str, str]] = {}
        if not reset and self._file.exists():
            self.uid_text_dict = pickle.loads(self._file.read_bytes())
        self.last_memo_id = len(self.uid_text_dict)
        if reset:
            self.reset_db()

    def save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_bytes(pickle.dumps(self.uid_text_dict))

    def reset_db(self) -> None:
        self._client.delete_collection("memos")
        self._memos = self._client.get_or_create_collection("memos")
        self.uid_text_dict = {}
        self.save()

    def list_memos(self) -> None:
        for number, (asked, known) in self.uid_text_dict.items():
            print(f"  ID: {number}\n    INPUT TEXT: {asked}\n    OUTPUT TEXT: {known}")

    def add_input_output_pair(self, input_text: str, output_text: str) -> None:
        self.last_memo_id += 1
        number = str(self.last_memo_id)
        self._memos.add(documents=[input_text], ids=[number])
        self.uid_text_dict[number] = input_text, output_text
        if self.verbosity:
            print(f"REMEMBERED\n  INPUT\n    {input_text}\n  OUTPUT\n    {output_text}")

    def get_related_memos(
        self, query_text: str, n_results: int, threshold: float
    ) -> list[tuple[str, str, float]]:
        """Pairs nearer than a distance to a text, the nearest first."""
        count = min(n_results, len(self.uid_text_dict))
        found = self._memos.query(query_texts=[query_text], n_results=count)
        rows = zip(found["ids"][0], found["distances"][0], strict=True)
        return [
            (*self.uid_text_dict[number], distance)
            for number, distance in rows
            if distance < threshold
        ]
