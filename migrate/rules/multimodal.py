"""A multimodal agent is an AssistantAgent whose task carries the images it names.

v0.2 turns `<img …>` tags in what the agent hears into images; 0.7 takes a MultiModalMessage. The
file gets a function that makes one of a text with such tags. The model has to be one that sees:
where autogen-ext does not know it, its model_info says so. In a group the other members would be
given the images too, and an agent that starts a chat would have to be answered with them: both are
left. Agents that see by LLaVA or are told what is on an image (`VisionCapability`) are left to
agents of the project (MIG091).
"""

from __future__ import annotations

from collections.abc import Callable

from ..context import Context
from ..model import Chat, Group, Obstacle, Speaker
from ..reader import Reader
from . import Example, RuleInfo


def check(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        if speaker.sees and speaker.groups:
            text = "takes images, in a group whose other members do not"
            speaker.obstacles.append(Obstacle("MIG072", speaker.call, text))
    for chat in reader.program.chats:
        for part in (chat, *chat.queue):
            starter, partner = part.starter, part.partner
            blind = isinstance(partner, Group) or (
                isinstance(partner, Speaker) and partner.model is not None and not partner.sees
            )
            if starter is not None and starter.sees and blind:
                text = "starts a chat with an agent that takes no images"
                starter.obstacles.append(Obstacle("MIG072", part.call, text))


def sees(chat: Chat) -> bool:
    """Whether the first message of a chat may carry images."""
    return isinstance(chat.partner, Speaker) and chat.partner.sees


def task_writer(ctx: Context, chat: Chat, signed: str) -> Callable[[str], str]:
    """Writes the first message of a chat around the source code of its text."""
    if sees(chat):
        ctx.note("MIG072", chat.call, "migrated", "the images of the message go with it")
        made = ctx.helper("image_message")
        return lambda content: f"{made}({content}, {signed})"
    text = ctx.need("autogen_agentchat.messages", "TextMessage")
    return lambda content: f"{text}(content={content}, source={signed})"


RULE = RuleInfo(
    code="MIG072",
    slug="multimodal",
    title="A multimodal agent is an AssistantAgent with a MultiModalMessage",
    level="todo",
    v02="`MultimodalConversableAgent`, `<img …>` in a message",
    v07="`AssistantAgent`, an `image_message` function in the file",
    docs=__doc__ or "",
    examples=(
        Example(
            'user.initiate_chat(eyes, message="What is this? <img cat.png>")',
            (
                "await Console(team.run_stream(\n"
                '    task=image_message("What is this? <img cat.png>", "user")\n'
                "))"
            ),
        ),
    ),
    check=check,
)
