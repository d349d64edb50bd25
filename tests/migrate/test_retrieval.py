"""A memory of documents asks a model what v0.2's retrieval agent asked it.

fixtures/migrate_retrieval holds the program, the script of its model, and the requests that
pyautogen 0.2.35 made with that script and chromadb 0.5.5. Chroma and the tokenizer, which fetches
its tables from the web, are stood in for here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from agentloupe.migrate import migrate_source

from .scripted_model import scripted_model

FIXTURE = Path(__file__).parents[2] / "fixtures" / "migrate_retrieval"
CHROMA = Path(__file__).with_name("scripted_chroma.py")
DEADLINE = 100

# What ChromaDBVectorMemory of autogen-ext does, on the collection of the stand-in.
DRIVER = """
import runpy, sys, types

import chromadb
import tiktoken
from autogen_core.memory import MemoryContent, MemoryQueryResult


class Words:
    def encode(self, text):
        return text.split(" ")


class ChromaDBVectorMemory:
    def __init__(self, config):
        self.config = config
        self._collection = None

    def _ensure_initialized(self):
        embed = self.config["embedding_function_config"]["function"]()
        place = chromadb.PersistentClient(self.config["persistence_path"])
        self._collection = place.get_or_create_collection(self.config["collection_name"], embed)

    async def add(self, content):
        number = str(len(self._collection.get()["ids"]))
        self._collection.upsert([number], [content.content], [content.metadata])

    async def query(self, question, **options):
        found = self._collection.query([question], self.config["k"], **options)
        rows = zip(found["documents"][0], found["metadatas"][0])
        return MemoryQueryResult(
            results=[MemoryContent(content=t, mime_type="text/plain", metadata=m) for t, m in rows]
        )


stand_in = types.ModuleType("autogen_ext.memory.chromadb")
stand_in.ChromaDBVectorMemory = ChromaDBVectorMemory
for name in ("CustomEmbeddingFunctionConfig", "PersistentChromaDBVectorMemoryConfig",
             "SentenceTransformerEmbeddingFunctionConfig"):
    setattr(stand_in, name, dict)
sys.modules["autogen_ext.memory.chromadb"] = stand_in
tiktoken.encoding_for_model = lambda model: Words()
runpy.run_path("program.py", run_name="__main__")
"""


def test_the_model_is_asked_what_v02_asked_it(tmp_path: Path) -> None:
    text = (FIXTURE / "program.py").read_text()
    result = migrate_source(text, ignore=("MIG091",))
    assert not result.todos
    (tmp_path / "program.py").write_text(result.code)
    (tmp_path / "driver.py").write_text(DRIVER)
    shutil.copy(CHROMA, tmp_path / "chromadb.py")

    with scripted_model(json.loads((FIXTURE / "script.json").read_text())) as (url, seen):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "driver.py"],
            cwd=tmp_path,
            env={**os.environ, "OPENAI_BASE_URL": url},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert seen.requests == json.loads((FIXTURE / "requests.json").read_text())
