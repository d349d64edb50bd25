"""Pages: their blocks are one program, everything else stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.migrate.files import migrate_file
from agentloupe.migrate.markdown import migrate_markdown

PAGE = """# Agents

```bash
pip install pyautogen  # first
```

1. Make one:

   ```python
   import autogen

   bot = autogen.AssistantAgent("bot", system_message="x", llm_config={"model": "gpt-4o"})
   ```

Then talk, `autogen` does it:

~~~py title="talk.py"
user = autogen.UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
user.initiate_chat(bot, message="hi", max_turns=2)
~~~

```python
this is no python
```
"""


def test_blocks_share_one_program_and_prose_stays() -> None:
    result = migrate_markdown(PAGE, filename="page.md")

    assert not result.todos
    assert 'pip install "autogen-agentchat' in result.code
    assert "   from autogen_agentchat.agents import AssistantAgent\n" in result.code
    assert 'py title="talk.py"\n# user had nothing to say' in result.code
    assert "\nawait Console(" in result.code
    assert "this is no python" in result.code
    assert "Then talk, `autogen` does it:" in result.code
    assert migrate_markdown(result.code).code == result.code


def test_sites_have_the_lines_of_the_page() -> None:
    lines = PAGE.splitlines()

    found = {site.code: lines[site.line - 1].strip() for site in migrate_markdown(PAGE).sites}

    assert found["MIG020"].startswith("bot = ")
    assert found["MIG030"].startswith("user.initiate_chat")
    assert found["MIG002"].startswith("pip install")


def test_one_block_is_a_script(tmp_path: Path) -> None:
    path = tmp_path / "page.mdx"
    code = PAGE.split("```python\n")[1].split("   ```")[0].replace("   ", "")
    talk = PAGE.split('"talk.py"\n')[1].split("~~~")[0]
    path.write_text(f"Text.\r\n\r\n```python\r\n{(code + talk)}```\r\n".replace("\r\n", "\n"))

    file = migrate_file(path)

    assert file.result is not None
    assert "async def main()" in file.result.code


@pytest.mark.parametrize(
    "text", ["", "autogen\n", "```python\nimport autogen\n", "```\nautogen\n```\n"]
)
def test_a_page_without_code_of_v02_is_left(text: str) -> None:
    assert migrate_markdown(text).code == text
