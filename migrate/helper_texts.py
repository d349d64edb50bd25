"""Source code of the functions and classes a migrated file may get of its own."""

from __future__ import annotations

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

CREATE_MODEL_CLIENT = '''\
def create_model_client(llm_config: dict[str, Any]) -> ChatCompletionClient:
    """A client for the first entry of a v0.2 model configuration (OpenAI or Azure)."""
    entry = {**llm_config, **(llm_config.get("config_list") or [{}])[0]}
    accepted = (
        "model api_key base_url organization timeout max_retries temperature top_p max_tokens seed "
        "stop n frequency_penalty presence_penalty response_format default_headers logit_bias user"
    )
    options = {key: entry[key] for key in accepted.split() if entry.get(key) is not None}
    kind = str(entry.get("api_type") or "openai").lower()
    client_class: Any = OpenAIChatCompletionClient
    if kind.startswith("azure"):
        client_class = AzureOpenAIChatCompletionClient
        options["azure_endpoint"] = entry.get("azure_endpoint") or options.pop("base_url", None)
        options["azure_deployment"] = entry.get("azure_deployment") or options["model"]
        options["api_version"] = entry.get("api_version")
    elif kind not in ("openai", "open_ai"):
        raise ValueError(f"api_type {kind!r}: use its client from autogen_ext.models")
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
'''

CACHED_MODEL_CLIENT = (
    CREATE_MODEL_CLIENT.removesuffix("    return client\n")
    + """\
    seed = entry.get("cache_seed")
    if seed is None:
        return client
    return ChatCompletionCache(client, DiskCacheStore(Cache(f".cache/{seed}")))
"""
)

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

GENERATE_REPLY = '''\
async def generate_reply(agent: AssistantAgent, messages: Sequence[dict[str, Any]]) -> str:
    """What an agent answers to these messages alone; nothing else it heard counts."""
    context = agent.model_context
    await context.clear()
    for message in messages:
        content = message["content"]
        if message.get("role") == "assistant":
            await context.add_message(AssistantMessage(content=content, source=agent.name))
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

JSON_TOOL = '''\
class JsonTool(FunctionTool):
    """Gives the model a result as JSON, as v0.2 did, where FunctionTool gives str(result)."""

    def return_value_as_string(self, value: Any) -> str:
        if isinstance(value, BaseModel):
            return value.model_dump_json()
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
'''

DESCRIBED_TOOL = '''\
class DescribedTool(BaseTool[BaseModel, Any]):
    """A function that is described to the model by hand, as in v0.2's llm_config["functions"]."""

    def __init__(self, description: dict[str, Any], function: Callable[..., Any]) -> None:
        super().__init__(
            BaseModel, object, description["name"], description.get("description", "")
        )
        self._parameters = description.get("parameters", {"type": "object", "properties": {}})
        self._function = function

    @property
    def schema(self) -> ToolSchema:
        return ToolSchema(
            name=self.name, description=self.description, parameters=self._parameters
        )

    async def run(self, args: BaseModel, cancellation_token: CancellationToken) -> Any:
        return await self.run_json(args.model_dump(), cancellation_token)

    async def run_json(
        self,
        args: Mapping[str, Any],
        cancellation_token: CancellationToken,
        call_id: str | None = None,
    ) -> Any:
        try:
            result = self._function(**args)
            return await result if inspect.isawaitable(result) else result
        except Exception as error:
            return f"Error: {error}"
'''

CODE_EXECUTOR = '''\
def code_executor(**options: Any) -> CodeExecutor:
    """Docker, unless AUTOGEN_USE_DOCKER says no, as in v0.2."""
    if os.environ.get("AUTOGEN_USE_DOCKER", "1").lower() in ("0", "false", "no"):
        return LocalCommandLineCodeExecutor(**options)
    return DockerCommandLineCodeExecutor(**options)
'''

CALL_LOG = '''\
class CallLog(logging.Handler):
    """Writes every model call into a database, in the columns that v0.2's runtime logging had."""

    def __init__(self, dbname: str) -> None:
        super().__init__()
        self.session_id = str(uuid.uuid4())
        self._database = sqlite3.connect(dbname, check_same_thread=False)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS chat_completions("
            "id INTEGER PRIMARY KEY AUTOINCREMENT, invocation_id TEXT, client_id INTEGER, "
            "wrapper_id INTEGER, session_id TEXT, source_name TEXT, request TEXT, response TEXT, "
            "is_cached INTEGER, cost REAL, start_time TEXT, end_time TEXT)"
        )

    def emit(self, record: logging.LogRecord) -> None:
        event: Any = record.msg
        if not isinstance(event, LLMCallEvent):
            return
        call = event.kwargs
        request = {"messages": call["messages"], "model": call["response"].get("model")}
        now = str(datetime.now())
        self._database.execute(
            "INSERT INTO chat_completions(invocation_id, session_id, source_name, request, "
            "response, is_cached, cost, start_time, end_time) VALUES (?, ?, ?, ?, ?, 0, 0, ?, ?)",
            (
                str(uuid.uuid4()),
                self.session_id,
                str(call.get("agent_id")),
                json.dumps(request),
                json.dumps(call["response"]),
                now,
                now,
            ),
        )
        self._database.commit()
'''

START_LOGGING = '''\
def start_logging(dbname: str = "logs.db") -> str:
    """Log model calls from here on; returns the id of the session in the database."""
    log = CallLog(dbname)
    events = logging.getLogger(EVENT_LOGGER_NAME)
    events.setLevel(logging.INFO)
    events.addHandler(log)
    return log.session_id
'''

STOP_LOGGING = '''\
def stop_logging() -> None:
    """Log no more model calls."""
    events = logging.getLogger(EVENT_LOGGER_NAME)
    for handler in [found for found in events.handlers if isinstance(found, CallLog)]:
        events.removeHandler(handler)
        handler.close()
'''

OWN_MODEL_CLIENT = '''\
class OwnModelClient(ChatCompletionClient):
    """Answers with a model client of this program, which is asked as v0.2 did."""

    def __init__(self, llm_config: dict[str, Any]) -> None:
        self._llm_config = llm_config
        self._client: Any = None
        self._params: dict[str, Any] = {}
        self._usage = RequestUsage(prompt_tokens=0, completion_tokens=0)

    def use(self, model_client_cls: Any, **options: Any) -> None:
        """Make a client of this class with the configuration that names it."""
        entries = self._llm_config.get("config_list") or [self._llm_config]
        name = model_client_cls.__name__
        entry = next(found for found in entries if found.get("model_client_cls") == name)
        self._client = model_client_cls(entry, **options)
        apart = {"config_list", "cache_seed", "price", "tags", "api_type", "api_version"}
        given = {**self._llm_config, **entry}
        self._params = {key: value for key, value in given.items() if key not in apart}

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = MappingProxyType({}),
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        said: list[dict[str, Any]] = []
        for message in messages:
            if isinstance(message, SystemMessage):
                said.append({"content": message.content, "role": "system"})
            elif isinstance(message, UserMessage):
                text = {"content": message.content, "role": "user", "name": message.source}
                said.append(text)
            elif isinstance(message, AssistantMessage):
                said.append({"content": message.content, "role": "assistant"})
        response = self._client.create({**self._params, "messages": said})
        found = self._client.message_retrieval(response)[0]
        used = self._client.get_usage(response) or {}
        usage = RequestUsage(
            prompt_tokens=used.get("prompt_tokens", 0),
            completion_tokens=used.get("completion_tokens", 0),
        )
        self._usage = RequestUsage(
            prompt_tokens=self._usage.prompt_tokens + usage.prompt_tokens,
            completion_tokens=self._usage.completion_tokens + usage.completion_tokens,
        )
        text = found if isinstance(found, str) else str(found.content)
        return CreateResult(finish_reason="stop", content=text, usage=usage, cached=False)

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = MappingProxyType({}),
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        yield await self.create(messages)

    async def close(self) -> None:
        self._client = None

    def actual_usage(self) -> RequestUsage:
        return self._usage

    def total_usage(self) -> RequestUsage:
        return self._usage

    def count_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        return 0

    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        return 0

    @property
    def capabilities(self) -> ModelInfo:
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        return ModelInfo(
            vision=False,
            function_calling=False,
            json_output=False,
            family="unknown",
            structured_output=False,
        )
'''

ENDING_AGENT = '''\
class EndingAgent(AssistantAgent):
    """Ends a group chat instead of speaking, where the last message or its limit says so."""

    def __init__(
        self,
        *args: Any,
        ends: Callable[[BaseChatMessage], bool],
        limit: int = 100,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._ends = ends
        self._limit = limit
        self._count = 0
        self._last: BaseChatMessage | None = None

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (*super().produced_message_types, StopMessage)

    async def on_messages_stream(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        self._last = messages[-1] if messages else self._last
        if self._count >= self._limit or (self._last is not None and self._ends(self._last)):
            self._count = 0
            yield Response(chat_message=StopMessage(content="", source=self.name))
            return
        self._count += 1
        async for item in super().on_messages_stream(messages, cancellation_token):
            if isinstance(item, Response):
                self._last = item.chat_message
            yield item

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        self._count = 0
        self._last = None
        await super().on_reset(cancellation_token)
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
        elif place.startswith("data:"):
            content.append(Image.from_base64(place.partition(",")[2]))
        elif place.startswith(("http://", "https://")):
            found = httpx.get(place, follow_redirects=True).raise_for_status().content
            content.append(Image.from_base64(base64.b64encode(found).decode()))
        else:
            content.append(Image.from_file(Path(place)))
    return MultiModalMessage(content=content, source=source)
'''
