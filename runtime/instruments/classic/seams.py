"""What the instrumentor stands on in a version of `autogen`, and what is lost without it.

Read from the files, so that nothing has to be imported: v0.2 takes seconds to load.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: file: {function or method: what is not recorded where it is missing}
SEAMS: Final = {
    "agentchat/conversable_agent.py": {
        "initiate_chat": "chats as runs",
        "_append_oai_message": "messages",
        "_process_received_message": "messages",
        "generate_reply": "agents' turns",
        "execute_function": "calls of functions",
        "get_human_input": "waits for a person",
        "check_termination_and_human_reply": "why a chat ended",
        "_summarize_chat": "summaries apart from the last step",
        "run_code": "executed code",
    },
    "agentchat/groupchat.py": {"select_speaker": "how speakers are selected"},
    "agentchat/chat.py": {"initiate_chats": "several chats as one run"},
    "oai/client.py|oai/completion.py": {"create": "model calls"},  # the second is v0.1's
    "code_utils.py": {"execute_code": "executed code"},
}

#: What older versions do not do: it is lost only where their agents know the word.
FEATURES: Final = {
    "summaries apart from the last step": "summary_method",
    "several chats as one run": "initiate_chats",
}


def missing(package: Path) -> list[str]:
    """What is not recorded with the `autogen` in this folder, in words."""
    lost: dict[str, None] = {}
    agents = _source(package / "agentchat/conversable_agent.py")
    for names, functions in SEAMS.items():
        source = "".join(_source(package / name) for name in names.split("|"))
        for function, what in functions.items():
            if f"def {function}(" not in source and FEATURES.get(what, "") in agents:
                lost[what] = None
    return list(lost)


def _source(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
