"""Source code of the classes a migrated file may get of its own, and what puts them to use."""

from __future__ import annotations

JSON_TOOL = '''\
class JsonTool(FunctionTool):
    """Tells the model results as JSON and errors as "Error: …", as v0.2 did."""

    def return_value_as_string(self, value: Any) -> str:
        if isinstance(value, BaseModel):
            return value.model_dump_json()
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    async def run_json(
        self,
        args: Mapping[str, Any],
        cancellation_token: CancellationToken,
        call_id: str | None = None,
    ) -> Any:
        try:
            return await super().run_json(args, cancellation_token, call_id)
        except Exception as error:
            return f"Error: {error}"
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

WATCH = '''\
def watch(agent: BaseChatAgent, look: Callable[..., Any], config: Any) -> None:
    """Show a function what an agent of a group has heard, each time before it answers."""
    heard: list[BaseChatMessage] = []
    answer, forget = agent.on_messages_stream, agent.on_reset

    async def on_messages_stream(
        messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        heard.extend(messages)
        manager = SimpleNamespace(name="chat_manager")
        look(agent, chat_history(heard, agent.name), manager, config)
        async for item in answer(messages, cancellation_token):
            if isinstance(item, Response):
                heard.append(item.chat_message)
            yield item

    async def on_reset(cancellation_token: CancellationToken) -> None:
        heard.clear()
        await forget(cancellation_token)

    setattr(agent, "on_messages_stream", on_messages_stream)
    setattr(agent, "on_reset", on_reset)
'''
