"""Source code of the functions and classes a migrated file may get of its own."""

from __future__ import annotations

from .known import HOSTS

LOAD_CONFIG_LIST = '''\
def load_config_list(
    env_or_file: str,
    file_location: str | None = None,
    filter_dict: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Model configurations from an environment variable or a JSON file, filtered by key."""
    value = os.environ.get(env_or_file)
    if value and not os.path.exists(value):
        entries = json.loads(value)
    else:
        with open(value or os.path.join(file_location or "", env_or_file)) as file:
            entries = json.load(file)

    def accepts(entry: dict[str, Any], key: str, wanted: Any) -> bool:
        found = entry.get(key)
        if isinstance(found, list):
            return bool(set(found) & set(wanted))
        return found is not None and found in wanted

    wanted = filter_dict or {}
    return [e for e in entries if all(accepts(e, key, wanted[key]) for key in wanted)]
'''

FILTER_CONFIG = '''\
def filter_config(
    config_list: list[dict[str, Any]], filter_dict: dict[str, Any] | None, exclude: bool = False
) -> list[dict[str, Any]]:
    """The model configurations that have, or have not, one of the wanted values at every key."""

    def accepts(entry: dict[str, Any], key: str, wanted: Any) -> bool:
        found = entry.get(key)
        if isinstance(found, list):
            return bool(set(found) & set(wanted))
        return found is not None and found in wanted

    wanted = filter_dict or {}
    return [e for e in config_list if all(accepts(e, k, v) != exclude for k, v in wanted.items())]
'''

DOTENV_CONFIG_LIST = '''\
def load_dotenv_config_list(
    dotenv_file_path: str | None = None,
    model_api_key_map: dict[str, Any] | None = None,
    filter_dict: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Model configurations with keys from a .env file, one a model that has a key."""
    load_dotenv(dotenv_file_path or find_dotenv())
    models = {"gpt-4": "OPENAI_API_KEY", "gpt-3.5-turbo": "OPENAI_API_KEY"}
    given = model_api_key_map or {}
    entries: list[dict[str, Any]] = []
    for model, setting in {**given, **{m: models[m] for m in models if m not in given}}.items():
        options = dict(setting) if isinstance(setting, dict) else {"api_key_env_var": setting}
        key = os.getenv(options.pop("api_key_env_var", "OPENAI_API_KEY"), "").strip()
        if key:
            entries.append({"api_key": key, **options, "model": model})
    return filter_config(entries, filter_dict)
'''

KEYS_CONFIG_LIST = '''\
def get_config_list(
    api_keys: list[str],
    base_urls: list[str] | None = None,
    api_type: str | None = None,
    api_version: str | None = None,
) -> list[dict[str, Any]]:
    """A model configuration for every key that is not blank."""
    shared = {"api_type": api_type, "api_version": api_version}
    entries: list[dict[str, Any]] = []
    for number, key in enumerate(api_keys):
        entry = {"api_key": key, "base_url": base_urls[number] if base_urls else None, **shared}
        if key.strip():
            entries.append({name: value for name, value in entry.items() if value})
    return entries
'''

_HOSTS = "".join(f'        "{name}": "{url}",\n' for name, url in HOSTS.items())
CREATE_MODEL_CLIENT = '''\
def create_model_client(llm_config: dict[str, Any]) -> ChatCompletionClient:
    """A client for the first entry of a v0.2 model configuration."""
    entry = {**llm_config, **(llm_config.get("config_list") or [{}])[0]}
    accepted = (
        "model api_key base_url organization timeout max_retries temperature top_p max_tokens seed "
        "stop n frequency_penalty presence_penalty response_format default_headers logit_bias user"
    )
    told = (key for key in accepted.split() if entry.get(key) is not None)
    options = {"model": ""} | {key: entry[key] for key in told}
    hosts = {
@hosts@    }
    kind = str(entry.get("api_type") or "openai").lower()
    client_class: Any = OpenAIChatCompletionClient
    if kind.startswith("azure"):
        client_class = AzureOpenAIChatCompletionClient
        options["azure_endpoint"] = entry.get("azure_endpoint") or options.pop("base_url", None)
        options["azure_deployment"] = entry.get("azure_deployment") or options["model"]
        options["api_version"] = entry.get("api_version")
    elif host := next((name for name in hosts if kind.startswith(name)), None):
        variable = f"{'GOOGLE_GEMINI' if host == 'google' else host.upper()}_API_KEY"
        options["base_url"] = options.get("base_url") or hosts[host]
        options["api_key"] = options.get("api_key") or os.environ.get(variable, host)
        options["include_name_in_message"] = False
    try:
        client = client_class(**options)
    except ValueError:  # autogen-ext does not know the model, so it has to be told what it can do
        info = ModelInfo(
            vision=False,
            function_calling=True,
            json_output=False,
            family="unknown",
            structured_output=False,
        )
        client = client_class(**options, model_info=info)
    return client
'''.replace("@hosts@", _HOSTS)

CACHED_MODEL_CLIENT = (
    CREATE_MODEL_CLIENT.removesuffix("    return client\n")
    + """\
    seed = entry.get("cache_seed")
    if seed is None:
        return client
    return ChatCompletionCache(client, disk_store(f".cache/{seed}"))
"""
)

# The extra brings diskcache along; a file that imports it by name fails every check without it.
DISK_STORE = '''\
def disk_store(folder: str) -> DiskCacheStore[CHAT_CACHE_VALUE_TYPE]:
    """Answers of models, kept in a folder as v0.2 did; needs autogen-ext[diskcache]."""
    return DiskCacheStore(import_module("diskcache").Cache(folder))
'''

CONTEXT_TEXT = '''\
def context_text(carryover: Any) -> str:
    """What is carried over into a chat, as v0.2 put it after the message."""
    if not carryover:
        return ""
    given = [carryover] if isinstance(carryover, str) else carryover
    contents = [item.get("content", item) if isinstance(item, dict) else item for item in given]
    return "\\nContext: \\n" + "\\n".join(map(str, contents))
'''

CARRIED_ITEMS = '''\
def carried_items(carryover: Any) -> list[Any]:
    """What a chat of several carries over on its own: one text, or a list of them."""
    return [carryover] if isinstance(carryover, str) else list(carryover)
'''

CHAT_HISTORY = '''\
def chat_history(
    messages: Sequence[BaseAgentEvent | BaseChatMessage], owner: str = ""
) -> list[dict[str, Any]]:
    """The messages of a run as the dictionaries v0.2 had; the owner is the assistant in them."""
    return [
        {
            "content": message.to_text(),
            "role": "assistant" if message.source == owner else "user",
            "name": message.source,
        }
        for message in messages
        if isinstance(message, BaseChatMessage)
    ]
'''

WITHOUT_END = '''\
def without_end(result: TaskResult, *humans: str) -> TaskResult:
    """The result without the message that ended the run, which v0.2 did not send."""
    said = list(result.messages)
    exits = said[-1].source in humans and said[-1].to_text() == "exit"
    if exits or isinstance(said[-1], StopMessage):
        said.pop()
        while not isinstance(said[-1], BaseChatMessage):  # that a human was asked
            said.pop()
    result.messages = said
    return result
'''

GENERATE_REPLY = '''\
async def generate_reply(agent: AssistantAgent, messages: Sequence[dict[str, Any]]) -> str:
    """What an agent answers to these messages alone; nothing else it heard counts."""
    context = agent.model_context
    await context.clear()
    for message in messages:
        content = message["content"]
        if message.get("role") == "assistant":
            await context.add_message(AssistantMessage(content=content, source=agent.name))
        elif message.get("role") == "system":
            await context.add_message(SystemMessage(content=content))
        else:
            source = message.get("name", "user")
            await context.add_message(UserMessage(content=content, source=source))
    reply = ""
    async for item in agent.on_messages_stream([], CancellationToken()):
        if isinstance(item, Response):
            reply = item.chat_message.to_text()
    await context.clear()
    return reply
'''

TOKEN_USAGE = '''\
def token_usage(result: TaskResult) -> dict[str, int]:
    """Tokens that the models of a run were asked and answered with."""
    used = [message.models_usage for message in result.messages if message.models_usage]
    return {
        "prompt_tokens": sum(usage.prompt_tokens for usage in used),
        "completion_tokens": sum(usage.completion_tokens for usage in used),
    }
'''

CHAT_OUTCOME = '''\
@dataclass
class ChatOutcome:
    """What one chat of a sequence came to."""

    result: TaskResult
    summary: str
    starter: str

    @property
    def chat_history(self) -> list[dict[str, Any]]:
        return chat_history(self.result.messages, self.starter)
'''

CHAT_OUTCOME_COST = """\

    @property
    def cost(self) -> dict[str, int]:
        return token_usage(self.result)
"""

CHAT_OUTCOME_HUMAN = """\

    @property
    def human_input(self) -> list[str]:
        chat = [message for message in self.chat_history if message["name"] == self.starter]
        return [message["content"] for message in chat[1:]]
"""

SPEAKER_RULE = '''\
def speaker_rule(
    choose: Callable[[Sequence[BaseAgentEvent | BaseChatMessage]], str | None],
) -> tuple[
    Callable[[Sequence[BaseAgentEvent | BaseChatMessage]], str | None], FunctionalTermination
]:
    """A selector and the end of the chat, from a function that may name nobody.

    None ended a chat in v0.2; to SelectorGroupChat it means that the model chooses, as "auto" did.
    """
    thread: list[BaseAgentEvent | BaseChatMessage] = []
    chosen: dict[int, str | None] = {}

    def ends(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> bool:
        thread.extend(messages)
        chosen[len(thread)] = choose(thread)
        return chosen[len(thread)] is None

    def select(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> str | None:
        name = chosen.get(len(messages))
        return None if name == "auto" else name

    return select, FunctionalTermination(ends)
'''

SUMMARIZE = '''\
async def summarize(
    model_client: ChatCompletionClient,
    result: TaskResult,
    prompt: str = (
        "Summarize the takeaway from the conversation. Do not add any introductory phrases."
    ),
) -> str:
    """Ask the model for a summary of a conversation, as summary_method="reflection_with_llm"."""
    messages: list[LLMMessage] = [
        UserMessage(content=message.to_text(), source=message.source)
        for message in result.messages
        if isinstance(message, BaseChatMessage)
    ]
    reply = await model_client.create([*messages, SystemMessage(content=prompt)])
    return str(reply.content)
'''

REPLY_LIMIT = '''\
def reply_limit(limit: int, *speakers: str) -> FunctionalTermination:
    """Ends a chat after so many replies of the model; asking for a tool is one of them."""
    count = 0

    def reached(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> bool:
        nonlocal count
        count += sum(
            isinstance(message, TextMessage | ToolCallRequestEvent) and message.source in speakers
            for message in messages
        )
        return count >= limit

    return FunctionalTermination(reached)
'''

CODE_EXECUTOR = '''\
def code_executor(**options: Any) -> CodeExecutor:
    """Docker, unless AUTOGEN_USE_DOCKER says no, as in v0.2."""
    if os.environ.get("AUTOGEN_USE_DOCKER", "1").lower() in ("0", "false", "no"):
        return LocalCommandLineCodeExecutor(**options, cleanup_temp_files=False)
    return DockerCommandLineCodeExecutor(**options)
'''

WORK_FOLDER = '''\
def work_folder(path: Any) -> Any:
    """The folder, made with those around it where they are missing."""
    os.makedirs(path, exist_ok=True)
    return path
'''

ROUND_LIMIT = '''\
def round_limit(limit: int) -> FunctionalTermination:
    """Ends a group chat after so many messages; a tool call and its result are one each."""
    count = 0

    def reached(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> bool:
        nonlocal count
        count += sum(isinstance(m, BaseChatMessage | ToolCallRequestEvent) for m in messages)
        return count >= limit

    return FunctionalTermination(reached)
'''

IMAGE_MESSAGE = '''\
def image_message(text: str, source: str) -> MultiModalMessage:
    """A message with the images that its <img …> tags name: an address, a file or a data URI."""
    content: list[str | Image] = []
    for number, part in enumerate(re.split(r"<img ([^>]+)>", text)):
        place = part.strip()
        if number % 2 == 0:
            content += [part] if place else []
            continue
        try:
            if place.startswith("data:"):
                image = Image.from_base64(place.partition(",")[2])
            elif place.startswith(("http://", "https://")):
                request = urllib.request.Request(place, headers={"User-Agent": "Mozilla/5.0"})
                with urllib.request.urlopen(request) as found:
                    image = Image.from_base64(base64.b64encode(found.read()).decode())
            else:
                image = Image.from_file(Path(place))
        except OSError as error:  # v0.2 went on without an image it could not load
            print(f"Unable to load the image {place}: {error}")
            content.append(f"<img {place}>")
        else:
            content.append(image)
    return MultiModalMessage(content=content, source=source)
'''

EVENT_LOOP = """\
event_loop = asyncio.new_event_loop()
threading.Thread(target=event_loop.run_forever, daemon=True, name="event_loop").start()
"""

WAIT_FOR = '''\
def wait_for(work: Coroutine[Any, Any, Any]) -> Any:
    """Wait for a coroutine on the program's one event loop, from any other thread."""
    if threading.current_thread().name == "event_loop":
        raise RuntimeError("this runs on the event loop it would wait for: await the work instead")
    return asyncio.run_coroutine_threadsafe(work, event_loop).result()
'''

ON_LOOP = '''\
async def on_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """Await a coroutine on the program's one event loop, from whatever loop this runs on."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, event_loop))
'''

LLM_MESSAGES = '''\
def llm_messages(messages: list[dict[str, Any]]) -> list[LLMMessage]:
    """Messages as OpenAI's API takes them, for a model client."""
    found: list[LLMMessage] = []
    for message in messages:
        content, name = message.get("content") or "", message.get("name") or message["role"]
        if message["role"] == "system":
            found.append(SystemMessage(content=content))
        elif message["role"] == "assistant":
            found.append(AssistantMessage(content=content, source=name))
        else:
            found.append(UserMessage(content=content, source=name))
    return found
'''

OPENAI_ASSISTANTS = '''\
def openai_assistants(llm_config: dict[str, Any]) -> tuple[AsyncOpenAI, str]:
    """OpenAI's client for the first entry of a v0.2 configuration, and the model it names."""
    entry = {**llm_config, **(llm_config.get("config_list") or [{}])[0]}
    model = str(entry.get("model") or "gpt-4-0125-preview")
    kind = str(entry.get("api_type") or "openai").lower()
    key, url = entry.get("api_key"), entry.get("base_url")
    if not kind.startswith("azure"):
        return AsyncOpenAI(api_key=key, base_url=url), model
    endpoint, version = str(entry.get("azure_endpoint") or url), entry.get("api_version")
    return AsyncAzureOpenAI(api_key=key, azure_endpoint=endpoint, api_version=version), model
'''

ENDPOINT_LIST = '''\
def load_endpoint_list(
    key_file_path: str | None = ".",
    openai_api_key_file: str | None = "key_openai.txt",
    aoai_api_key_file: str | None = "key_aoai.txt",
    openai_api_base_file: str | None = "base_openai.txt",
    aoai_api_base_file: str | None = "base_aoai.txt",
    exclude: str | None = None,
) -> list[dict[str, Any]]:
    """A configuration for every key in files or the environment, of OpenAI and of Azure."""
    files = {
        "OPENAI_API_KEY": openai_api_key_file,
        "OPENAI_API_BASE": openai_api_base_file,
        "AZURE_OPENAI_API_KEY": aoai_api_key_file,
        "AZURE_OPENAI_API_BASE": aoai_api_base_file,
    }
    for name, file in files.items():
        excluded = exclude == ("aoai" if name.startswith("AZURE") else "openai")
        if excluded or key_file_path is None or file is None:
            continue
        with contextlib.suppress(FileNotFoundError), open(f"{key_file_path}/{file}") as found:
            os.environ[name] = found.read().strip()
    keys, bases = os.environ.get("OPENAI_API_KEY", ""), os.environ.get("OPENAI_API_BASE")
    entries: list[dict[str, Any]] = []
    if exclude != "openai":
        entries += get_config_list(
            keys.split("\\n"), None if bases is None else bases.split("\\n")
        )
    if exclude != "aoai":
        entries += get_config_list(
            os.environ.get("AZURE_OPENAI_API_KEY", "").split("\\n"),
            os.environ.get("AZURE_OPENAI_API_BASE", "").split("\\n"),
            "azure",
            "2024-02-01",
        )
    return entries
'''

MODEL_LIST = '''\
def load_model_list(
    key_file_path: str | None = ".",
    openai_api_key_file: str | None = "key_openai.txt",
    aoai_api_key_file: str | None = "key_aoai.txt",
    aoai_api_base_file: str | None = "base_aoai.txt",
    exclude: str | None = None,
    model_list: list[str] | None = None,
) -> list[dict[str, Any]]:
    """The configurations of all keys, for each of these models."""
    entries = load_endpoint_list(
        key_file_path,
        openai_api_key_file,
        aoai_api_key_file,
        aoai_api_base_file=aoai_api_base_file,
        exclude=exclude,
    )
    return [{**entry, "model": model} for model in model_list or () for entry in entries] or entries
'''
