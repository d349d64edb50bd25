"""Agents that a model thinks up for a task."""

from __future__ import annotations

import hashlib
import json
import os
import time
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from ..prompts import BUILDER_PROMPTS
from .agents import AssistantAgent, ConversableAgent, UserProxyAgent
from .assistants import GPTAssistantAgent
from .coding import CODE_BLOCK
from .wrapper import OpenAIWrapper

Config = dict[str, Any]

# Options of agents in configurations that v0.2 has saved.
AS_SAVED = {
    "human_input_mode": "human_input",
    "max_consecutive_auto_reply": "reply_limit",
    "default_auto_reply": "fixed_reply",
    "code_execution_config": "code_execution",
}


def configurations(place: str, folder: str | None = "", **wanted: list[str]) -> list[Config]:
    """Models in an environment variable or a file, with one of the wanted values at each key."""
    value = os.environ.get(place)
    if value and not Path(value).exists():
        entries: list[Config] = json.loads(value)
    else:
        entries = json.loads(Path(value or Path(folder or "", place)).read_text())

    def has(entry: Config, key: str) -> bool:
        return bool({*as_list(entry.get(key))} & {*wanted[key]})

    return [each for each in entries if all(has(each, key) for key in wanted if wanted[key])]


def as_list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


class AgentBuilder:
    """Asks a model which agents a task needs, and makes them."""

    def __init__(
        self,
        config_file_or_env: str = "OAI_CONFIG_LIST",
        config_file_location: str | None = "",
        builder_model: Any = (),
        agent_model: Any = (),
        builder_model_tags: Any = (),
        agent_model_tags: Any = (),
        max_agents: int = 5,
    ) -> None:
        wanted = as_list(builder_model) if builder_model else []
        models = configurations(config_file_or_env, model=wanted, tags=[*builder_model_tags])
        if not models:
            raise RuntimeError(f"builder_model {wanted} does not exist in {config_file_or_env}")
        self.builder_model: Any = OpenAIWrapper(config_list=models)
        self.agent_model = as_list(agent_model) if agent_model else []
        self.agent_model_tags = [*agent_model_tags]
        self.max_agents = max_agents
        self.cached_configs: Config = {}
        self.building_task = ""
        self.agent_procs_assign: dict[str, tuple[Any, str]] = {}
        self._place, self._folder = config_file_or_env, config_file_location

    def set_builder_model(self, model: Any) -> None:
        self.builder_model = model

    def set_agent_model(self, model: Any) -> None:
        self.agent_model = model

    def _asked(self, prompt: str, **about: Any) -> str:
        question = BUILDER_PROMPTS[prompt].format(**about)
        answer = self.builder_model.create(messages=[{"role": "user", "content": question}])
        return answer.choices[0].message.content

    def build(
        self,
        building_task: str,
        default_llm_config: Config,
        coding: bool | None = None,
        code_execution: Config | None = None,
        use_oai_assistant: bool = False,
        user_proxy: Any = None,
        max_agents: int | None = None,
        **options: Any,
    ) -> tuple[list[Any], Config]:
        """Agents for a task, and the configuration that they can be made of again."""
        self.building_task = building_task
        most = self.max_agents if max_agents is None else max_agents
        found = self._asked("names", task=building_task, max_agents=most).split(",")
        names = [name.strip().replace(" ", "_") for name in found]
        print(f"{names} are generated.")
        template = BUILDER_PROMPTS["template"]
        profiles = [
            self._asked("profile", task=building_task, position=name, default_sys_msg=template)
            for name in names
        ]
        agents = [
            {
                "name": name,
                "model": self.agent_model,
                "tags": self.agent_model_tags,
                "system_message": profile,
                "description": self._asked("summary", position=name, sys_msg=profile),
            }
            for name, profile in zip(names, profiles, strict=True)
        ]
        self._keep(building_task, agents, coding, default_llm_config, code_execution, 10)
        return self._made(use_oai_assistant, user_proxy, **options)

    def build_from_library(
        self,
        building_task: str,
        library_path_or_json: str,
        default_llm_config: Config,
        top_k: int = 3,
        coding: bool | None = None,
        code_execution: Config | None = None,
        use_oai_assistant: bool = False,
        embedding_model: str = "all-mpnet-base-v2",
        user_proxy: Any = None,
        **options: Any,
    ) -> tuple[list[Any], Config]:
        """Agents for a task out of a library, and new ones for what nobody in it can do."""
        try:
            library: list[Config] = json.loads(library_path_or_json)
        except json.JSONDecodeError:
            library = json.loads(Path(library_path_or_json).read_text())
        near = self._near(building_task, library, top_k, embedding_model)
        pool = [f"{each['name']}: {each['description']}" for each in near]
        chosen: dict[str, str] = {}
        while not chosen:
            try:
                answer = self._asked("choice", skills=building_task, expert_pool=pool)
                block = CODE_BLOCK.search(answer)
                chosen = json.loads(block[2] if block else answer)
                break
            except ValueError as error:
                print(error, flush=True)
                time.sleep(5)
        agents: list[Config] = []
        seen: set[str] = set()
        for skill, profile in chosen.items():
            if profile == "None":
                agents.append(self._for_skill(skill, default_llm_config, use_oai_assistant))
            elif profile not in seen:
                seen.add(profile)
                name, told = (part.strip() for part in profile.split(":")[:2])
                agents += [
                    {**each} for each in near if (each["name"], each["description"]) == (name, told)
                ]
        print(f"{[each['name'] for each in agents]} are selected.")
        self._keep(building_task, agents, coding, default_llm_config, code_execution, 120)
        return self._made(use_oai_assistant, user_proxy, **options)

    def _near(self, task: str, library: list[Config], count: int, model: str) -> list[Config]:
        """Agents whose descriptions are nearest in meaning to the lines of a task."""
        chroma: Any = import_module("chromadb")
        functions: Any = import_module("chromadb.utils.embedding_functions")
        embed = functions.SentenceTransformerEmbeddingFunction(model_name=model)
        client = chroma.Client()
        profiles = client.create_collection(name="agent_list", embedding_function=embed)
        texts = [each["description"] for each in library]
        profiles.add(
            documents=texts,
            metadatas=[{"source": "agent_profile"} for _ in texts],
            ids=[f"agent_{number}" for number in range(len(texts))],
        )
        found: dict[str, None] = {}
        for line in task.replace(":", " ").split("\n"):
            near = profiles.query(query_texts=[line], n_results=count)["documents"][0]
            found |= dict.fromkeys(near)
        client.delete_collection("agent_list")
        return [{**next(each for each in library if each["description"] == text)} for text in found]

    def _for_skill(self, skill: str, models: Config, assistant: bool) -> Config:
        _, made = self.build(
            skill, {**models}, coding=False, use_oai_assistant=assistant, max_agents=1
        )
        agent: Config = made["agent_configs"][0]
        self.clear_agent(agent["name"])
        return agent

    def _keep(
        self,
        task: str,
        agents: list[Config],
        coding: bool | None,
        models: Config,
        code: Config | None,
        timeout: int,
    ) -> None:
        """Keep what the agents are made of, in the words of v0.2, whose files stay readable."""
        if coding is None:
            coding = self._asked("coding", task=task) == "YES"
        default = {"last_n_messages": 1, "work_dir": "groupchat", "use_docker": False}
        self.cached_configs |= {
            "building_task": task,
            "agent_configs": agents,
            "coding": coding,
            "default_llm_config": models,
            "code_execution_config": {**default, "timeout": timeout} if code is None else code,
        }

    def _made(
        self, assistant: bool = False, user_proxy: Any = None, **options: Any
    ) -> tuple[list[Any], Config]:
        kept = self.cached_configs
        members = [each["name"] for each in kept["agent_configs"]]
        for each in kept["agent_configs"]:
            agent = self._agent(each, members, kept["default_llm_config"], assistant, **options)
            self.agent_procs_assign[each["name"]] = agent, "online"
        agents = [agent for agent, _ in self.agent_procs_assign.values()]
        if kept["coding"] is True:
            agents.append(
                user_proxy
                or UserProxyAgent(
                    "Computer_terminal",
                    ends_chat=lambda message: False,  # v0.2 took the message for its text
                    code_execution=kept["code_execution_config"],
                    human_input="NEVER",
                    fixed_reply=BUILDER_PROMPTS["no_code"],
                )
            )
        return agents, {**kept}

    def _agent(self, config: Config, members: list[str], models: Config, assistant: bool) -> Any:
        name, profile = config["name"], config["system_message"]
        wanted = {"model": as_list(config.get("model", [])), "tags": config.get("tags", [])}
        entries = configurations(self._place, self._folder, **wanted)
        if not entries:
            raise RuntimeError(f"the model of {name}, {wanted}, does not exist in {self._place}")
        settings = {**models, "config_list": entries}
        # region assistants
        if assistant:
            return GPTAssistantAgent(name, instructions=profile, model_config=settings)
        # endregion assistants
        kind: Any = AssistantAgent
        if config.get("model_path"):
            module, own = config["model_path"].replace("/", ".").rsplit(".", 1)
            found = getattr(import_module(module), own)
            kind = found if issubclass(found, ConversableAgent) else kind
        own_keys = ("model", "name", "system_message", "description", "model_path", "tags")
        options = {AS_SAVED.get(key, key): config[key] for key in config if key not in own_keys}
        agent = kind(name=name, model_config=settings, description=config["description"], **options)
        told = f"{profile}\n\n{BUILDER_PROMPTS['skills']}" if profile else agent.system_message
        terminal = (
            "\nThe group also include a Computer_terminal to help you run the python and shell "
        )
        terminal += "code."
        agent.set_system_message(
            BUILDER_PROMPTS["group"].format(
                name=name,
                members=members,
                user_proxy_desc=terminal if self.cached_configs["coding"] is True else "",
                sys_msg=told,
            )
        )
        return agent

    def clear_agent(self, agent_name: str, recycle_endpoint: bool = True) -> None:
        del self.agent_procs_assign[agent_name]
        print(f"Agent {agent_name} has been cleared.")

    def clear_all_agents(self, recycle_endpoint: bool = True) -> None:
        for name in list(self.agent_procs_assign):
            self.clear_agent(name, recycle_endpoint)

    def save(self, filepath: str | None = None) -> str:
        """Write down what the agents are made of, and say where."""
        digest = hashlib.md5(self.building_task.encode()).hexdigest()
        path = filepath or f"./save_config_{digest}.json"
        Path(path).write_text(json.dumps(self.cached_configs, indent=4))
        print(f"Building config saved to {path}")
        return path

    def load(
        self,
        filepath: str | None = None,
        config_json: str | None = None,
        use_oai_assistant: bool = False,
        **options: Any,
    ) -> tuple[list[Any], Config]:
        """Agents made of what was written down, by v0.2 or here."""
        text = config_json or ""
        if filepath is not None:
            text = Path(filepath).read_text()
        kept: Config = json.loads(text)
        self.cached_configs |= {
            key: kept[key]
            for key in ("building_task", "agent_configs", "coding", "default_llm_config")
        }
        code: Any = options.pop("code_execution", None) or kept["code_execution_config"]
        self.cached_configs["code_execution_config"] = code
        return self._made(use_oai_assistant, **options)
