"""What of `autogen` is watched, module by module."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Callable
from typing import Any

from ....tracer.recorder import Recorder
from ..watching import Args, Call, Kwargs, Opener, Watch, blocking
from . import acting, deliveries, groups, turns
from .chats import Chatting, summarized
from .clients import Wrappers
from .completions import watch_completions
from .hooks import After, Before, function, leaf, outermost
from .lanes import at_rest
from .tools import Tools, started


def _nothing(owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
    return None


class ClassicInstrumentor:
    """Watches agents, chats and group chats of AutoGen v0.2, v0.1 and AG2."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch what one of the framework's modules defines."""
        found = Watch(recorder)
        if module.__name__.endswith("conversable_agent"):
            _agents(recorder, found, module.ConversableAgent)
        elif module.__name__.endswith("groupchat"):
            _groups(recorder, found, module)
        elif module.__name__.endswith("chat"):
            for name, driven in (("initiate_chats", False), ("a_initiate_chats", True)):
                chats = Chatting(recorder, driven=driven)
                function(found, recorder, module, name, chats.several)
        elif module.__name__.endswith("completion"):
            completion = getattr(module, "Completion", None)
            if isinstance(completion, type):
                watch_completions(recorder, found, completion)
        elif module.__name__.endswith("client"):
            wrappers = Wrappers(recorder, found)
            found.family(
                module.OpenAIWrapper, {"create": wrappers.create}, inside=True, wrap=blocking
            )
        else:
            function(found, recorder, module, "execute_code", Tools(recorder, found).block)
            found.methods(subprocess.Popen, {"__init__": _nothing}, wrap=leaf(after=started))
        return found.undo


def _agents(recorder: Recorder, watch: Watch, agents: type) -> None:
    """Watch `ConversableAgent` and what derives from it."""

    def note(
        *names: str,
        before: Before | None = None,
        after: After | None = None,
        check: Before | None = None,
    ) -> None:
        watch.family(agents, dict.fromkeys(names, _nothing), wrap=leaf(before, after, check))

    def watched(*names: str, opener: Opener) -> None:
        watch.family(agents, dict.fromkeys(names, opener), inside=True, wrap=blocking)

    for driven, prefix in ((False, ""), (True, "a_")):
        chats = Chatting(recorder, driven=driven)
        watched(f"{prefix}initiate_chat", opener=chats.initiate)
        begins = {f"{prefix}send": chats.send, f"{prefix}receive": chats.receive}
        watch.family(agents, begins, inside=True, wrap=outermost(at_rest))
    tools = Tools(recorder, watch)
    note("_append_oai_message", after=deliveries.posted)
    note("_process_received_message", before=deliveries.delivered, check=acting.stopped)
    note("process_all_messages_before_reply", check=acting.stopped)
    acting.ready()
    note("_summarize_chat", before=summarized)
    note("clear_history", before=deliveries.forgotten)
    checks = "check_termination_and_human_reply"
    note(checks, f"a_{checks}", after=turns.checked)
    note("_generate_code_execution_reply_using_executor", before=tools.meet_executor)
    watched("generate_reply", "a_generate_reply", opener=functools.partial(turns.turn, recorder))
    watched("execute_function", "a_execute_function", opener=tools.function)
    watched("run_code", opener=tools.block)
    watched("get_human_input", "a_get_human_input", opener=tools.asked)


def _groups(recorder: Recorder, watch: Watch, module: Any) -> None:
    """Watch group chats and their managers."""
    group = module.GroupChat
    selecting = functools.partial(groups.selecting, recorder)
    names = ("select_speaker", "a_select_speaker")
    watch.family(group, dict.fromkeys(names, selecting), wrap=blocking)
    prepares = {"_prepare_and_select_agents": _nothing}
    watch.family(group, prepares, wrap=leaf(after=groups.chosen_from))
    tools = Tools(recorder, watch)
    watch.family(
        group, {"manual_select_speaker": tools.asked_to_select}, inside=True, wrap=blocking
    )
    for driven, name in ((False, "resume"), (True, "a_resume")):
        chats = Chatting(recorder, driven=driven)
        watch.family(module.GroupChatManager, {name: chats.resume}, inside=True, wrap=blocking)


instrumentor = ClassicInstrumentor()
