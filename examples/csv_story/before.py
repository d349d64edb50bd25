"""Two agents of AutoGen v0.2 that answer questions about CSV files, and eat memory.

loupe run --ci before.py
"""

from __future__ import annotations

import csv
import io

from autogen import ConversableAgent

TABLES: dict[str, list[list[str]]] = {}


def table_of(request: int) -> str:
    """What would be read from a file or fetched."""
    return "\n".join(f"{request},{row},{row * request % 97}" for row in range(50))


def parse(recipient, messages, sender, config):
    """The parser's reply: reads the table that is asked for, answers with a sum."""
    name = messages[-1]["content"]
    rows = list(csv.reader(io.StringIO(table_of(int(name.split()[-1])))))
    TABLES[name] = rows  # "so that it is parsed once", but no name comes twice
    return True, f"the sum is {sum(int(row[2]) for row in rows)}"


def main(requests: int = 300) -> None:
    parser = ConversableAgent("parser", llm_config=False, human_input_mode="NEVER")
    parser.register_reply([ConversableAgent, None], parse)
    clerk = ConversableAgent("clerk", llm_config=False, human_input_mode="NEVER")
    for request in range(requests):
        clerk.initiate_chat(parser, message=f"table {request}", max_turns=1, silent=True)


if __name__ == "__main__":
    main()
