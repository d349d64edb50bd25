"""An agent that reads pages of the web in a browser of text, and answers with what it found."""

from __future__ import annotations

import copy
import mimetypes
import re
import uuid
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urljoin, urlparse

import tiktoken

from ..prompts import SURFER_DESCRIPTION, SURFER_PROMPT, SURFER_TOOLS
from .agents import AssistantAgent, ConversableAgent, UserProxyAgent
from .models import model_reply
from .participant import Participant
from .replies import ReplyRule
from .talking import Message, content_text
from .wrapper import OpenAIWrapper

# Tokens that models take, for the first of these that a model's name begins with.
WINDOWS = {
    "gpt-4-32k": 32768, "gpt-4-0": 8192, "gpt-4-": 128000, "gpt-4o": 128000, "gpt-4": 8192,
    "gpt-3.5-turbo-0613": 4096, "gpt-3.5-turbo-0301": 4096, "gpt-3.5-turbo-instruct": 4096,
    "gpt-3.5-turbo": 16385,
}  # fmt: skip
LONG_MODELS = ("gpt-3.5-turbo-1106", "gpt-3.5-turbo-16k-0613", "gpt-3.5-turbo-16k")
FOR_SUMMARY = 1024  # tokens


class SimpleTextBrowser:
    """Pages as Markdown, a part of them at a time; Bing for addresses that begin with `bing:`.

    Bing alone is sent its key, which v0.2 also sent to pages where `request_kwargs` had headers.
    """

    def __init__(
        self,
        start_page: str | None = None,
        viewport_size: int | None = 1024 * 8,
        downloads_folder: str | None = None,
        bing_base_url: str = "https://api.bing.microsoft.com/v7.0/search",
        bing_api_key: str | None = None,
        request_kwargs: dict[str, Any] | None = None,
    ) -> None:
        self._web: Any = import_module("requests")
        self._size = viewport_size or 0
        self._downloads = downloads_folder
        self._bing, self._key = bing_base_url, bing_api_key
        self._options: dict[str, Any] = request_kwargs or {}
        self.history: list[str] = []
        self.page_title: str | None = None
        self.page_content = ""
        self.viewport_current_page = 0
        self.viewport_pages: list[tuple[int, int]] = []
        self.visit_page(start_page or "about:blank")

    @property
    def address(self) -> str:
        return self.history[-1]

    @property
    def viewport(self) -> str:
        start, end = self.viewport_pages[self.viewport_current_page]
        return self.page_content[start:end]

    def page_down(self) -> None:
        last = len(self.viewport_pages) - 1
        self.viewport_current_page = min(self.viewport_current_page + 1, last)

    def page_up(self) -> None:
        self.viewport_current_page = max(self.viewport_current_page - 1, 0)

    def visit_page(self, path_or_uri: str) -> str:
        self.history.append(path_or_uri)
        if path_or_uri == "about:blank":
            self._show("")
        elif path_or_uri.startswith("bing:"):
            self._search(path_or_uri.removeprefix("bing:").strip())
        else:
            if not path_or_uri.startswith(("http:", "https:")):
                self.history[-1] = urljoin(self.address, path_or_uri)
            self._fetch(self.address)
        self.viewport_current_page = 0
        return self.viewport

    def _show(self, content: str, *title: str | None) -> None:
        """Show a text, cut at white space where it is a page; without a title the old one stays."""
        if title:
            self.page_title = title[0]
        self.page_content = content
        if not content or not self.address.startswith(("http:", "https:")):
            self.viewport_pages = [(0, len(content))]
            return
        self.viewport_pages, start = [], 0
        while start < len(content):
            end = min(start + self._size, len(content))
            while end < len(content) and content[end - 1] not in " \t\r\n":
                end += 1
            self.viewport_pages.append((start, end))
            start = end

    def _search(self, query: str) -> None:
        if self._key is None:
            raise ValueError("Missing Bing API key.")
        asked = copy.deepcopy(self._options)
        asked.setdefault("headers", {})["Ocp-Apim-Subscription-Key"] = self._key
        about = {"q": query, "textDecorations": False, "textFormat": "raw"}
        asked["params"] = asked.get("params", {}) | about
        response = self._web.get(self._bing, **asked | {"stream": False})
        response.raise_for_status()
        results = response.json()
        found: list[str] = []
        for page in results["webPages"]["value"]:
            for each in (page, *page.get("deepLinks", ())):
                told = f"{len(found) + 1}. [{each['name']}]({each['url']})"
                found.append(f"{told}\n{each.get('snippet', '')}")
        pages = len(found)
        for page in results.get("news", {"value": ()})["value"]:
            told = f"{len(found) + 1}. [{page['name']}]({page['url']})"
            found.append(f"{told}\n{page['description']}")
        text = f"A Bing search for '{query}' found {len(found)} results:\n\n## Web Results\n"
        text += "\n\n".join(found[:pages])
        if found[pages:]:
            text += "\n\n## News Results:\n" + "\n\n".join(found[pages:])
        self._show(text, f"{query} - Search")

    def _fetch(self, url: str) -> None:
        try:
            response = self._web.get(url, **self._options | {"stream": True})
            response.raise_for_status()
            if response.status_code == 200:
                self._read(url, response)
            else:
                self._show(f"Failed to retrieve {url}", "Error")
        except self._web.exceptions.RequestException as error:
            self._show(str(error), "Error")

    def _read(self, url: str, response: Any) -> None:
        kind = response.headers.get("content-type", "")
        if "text/html" in kind.lower():
            self._show_html(url, "".join(response.iter_content(512, decode_unicode=True)))
        elif "text/plain" in kind.lower():
            self._show("".join(response.iter_content(512, decode_unicode=True)), None)
        elif "application/pdf" in kind.lower() and (read := pdf_reader()) is not None:
            self._show(read(response.raw), None)
        elif self._downloads is not None:
            name = Path(urlparse(url).path).name
            name = name or f"{uuid.uuid4()}{mimetypes.guess_extension(kind) or '.download'}"
            path = Path(self._downloads, name).absolute()
            path.write_bytes(b"".join(response.iter_content(512)))
            self._show(f"Downloaded '{url}' to '{path}'.", "Download complete.")
        else:
            title = f"Error - Unsupported Content-Type '{kind}'"
            self._show(title, title)

    def _show_html(self, url: str, html: str) -> None:
        page: Any = import_module("bs4").BeautifulSoup(html, "html.parser")
        for each in page(["script", "style"]):
            each.extract()
        convert: Callable[[Any], str] = (
            import_module("markdownify").MarkdownConverter().convert_soup
        )
        title, body, head = page.title.string, page, ""
        if url.startswith("https://en.wikipedia.org/"):
            article = page.find("div", {"id": "mw-content-text"})
            named = page.find("span", {"class": "mw-page-title-main"})
            if article:
                body, head = article, f"# {named.string if named else title}\n\n"
        text = head + convert(body).replace("\r\n", "\n")
        self._show(re.sub(r"\n{2,}", "\n\n", text).strip(), title)


def pdf_reader() -> Callable[[Any], str] | None:
    """What makes text of a PDF, where it is installed."""
    try:
        high_level: Any = import_module("pdfminer.high_level")
        buffer: Any = import_module("io").BytesIO
    except ImportError:
        return None
    return lambda raw: high_level.extract_text(buffer(raw.read()))


class WebSurferAgent(ConversableAgent):
    """Answers with what an assistant of its own says, or with the page that one has opened."""

    DEFAULT_PROMPT = SURFER_PROMPT + datetime.now().date().isoformat()
    DEFAULT_DESCRIPTION = SURFER_DESCRIPTION

    def __init__(
        self,
        name: str,
        system_message: Any = DEFAULT_PROMPT,
        description: str | None = SURFER_DESCRIPTION,
        model_config: Any = None,
        summarizer_llm_config: Any = None,
        browser_config: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            name, system_message, description=description, model_config=model_config, **options
        )
        self.summarizer_llm_config = _for_summaries(summarizer_llm_config, model_config)
        self.summarization_client: Any = (
            OpenAIWrapper(self.summarizer_llm_config) if self.summarizer_llm_config else None
        )
        self.browser = SimpleTextBrowser(**(browser_config or {}))
        self._assistant = AssistantAgent(
            f"{name}_inner_assistant",
            system_message,
            model_config=copy.deepcopy(model_config),
            ends_chat=lambda message: False,
        )
        self._user_proxy = UserProxyAgent(
            f"{name}_inner_user_proxy",
            ends_chat=lambda message: False,
            human_input="NEVER",
            code_execution=False,
        )
        if model_config:
            self._offer()
        self._reply_rules = [
            *(each for each in self._reply_rules if each.function is not model_reply),
            ReplyRule([Participant, None], _found),
        ]

    def _offer(self) -> None:
        """Let the assistant ask for steps of the browser."""
        browser, seen = self.browser, self._seen

        def informational_web_search(
            query: Annotated[str, "The informational web search query to perform."],
        ) -> str:
            browser.visit_page(f"bing: {query}")
            return seen()

        def navigational_web_search(
            query: Annotated[str, "The navigational web search query to perform."],
        ) -> str:
            browser.visit_page(f"bing: {query}")
            first = re.search(r"\[.*?\]\((http.*?)\)", browser.page_content)
            if first:
                browser.visit_page(first[1])
            return seen()

        def visit_page(
            url: Annotated[str, "The relative or absolute url of the webapge to visit."],
        ) -> str:
            browser.visit_page(url)
            return seen()

        def page_up() -> str:
            browser.page_up()
            return seen()

        def page_down() -> str:
            browser.page_down()
            return seen()

        def answer_from_page(
            question: Annotated[str | None, "The question to directly answer."],
            url: Annotated[
                str | None, "[Optional] The url of the page. (Defaults to the current page)"
            ] = None,
        ) -> str:
            return self._summary(url, question)

        def summarize_page(
            url: Annotated[
                str | None,
                "[Optional] The url of the page to summarize. (Defaults to current page)",
            ] = None,
        ) -> str:
            return self._summary(url, None)

        steps = [informational_web_search, navigational_web_search, visit_page, page_up, page_down]
        if self.summarization_client is not None:
            steps += [answer_from_page, summarize_page]
        for step in steps:
            told = SURFER_TOOLS[step.__name__]
            self._assistant.offer_tool(name=step.__name__, description=told)(step)
            self._user_proxy.run_tool(step.__name__)(step)

    def _seen(self) -> str:
        browser = self.browser
        title = f"Title: {browser.page_title}\n" if browser.page_title is not None else ""
        place = f"{browser.viewport_current_page + 1} of {len(browser.viewport_pages)}"
        head = f"Address: {browser.address}\n{title}Viewport position: Showing page {place}."
        return f"{head}\n=======================\n{browser.viewport}"

    def _summary(self, url: str | None, question: str | None) -> str:
        if url is not None and url != self.browser.address:
            self.browser.visit_page(url)
        model = str(self.summarizer_llm_config["config_list"][0].get("model"))
        known = re.sub(r"^gpt4", "gpt-4", re.sub(r"^gpt-?35", "gpt-3.5", model))
        limit = next((WINDOWS[name] for name in WINDOWS if known.startswith(name)), 4096)
        encoding = tiktoken.encoding_for_model("gpt-3.5-turbo-0613")  # v0.2 counted by this one
        text = ""
        for line in re.split(r"([\r\n]+)", self.browser.page_content):
            if len(encoding.encode(text + line)) + FOR_SUMMARY > limit:
                break
            text += line
        if not text.strip():
            return "Nothing to summarize."
        about = f"paragraphs with respect to '{question}'" if question is not None else "paragraph"
        asked = [
            {"role": "system", "content": SURFER_TOOLS["summary"]},
            {
                "role": "user",
                "content": f"Please summarize the following into one or two {about}:\n\n"
                + text.strip(),
            },
        ]
        response = self.summarization_client.create(messages=asked)
        return str(self.summarization_client.extract_text_or_completion_object(response)[0])

    async def found(self, messages: list[Message]) -> Any:
        """What the assistant says, or what is there where it went."""
        assistant, proxy, browser = self._assistant, self._user_proxy, self.browser
        proxy.reset()
        assistant.reset()
        assistant.chat_messages[proxy] = list(messages[:-1])
        place = f"'{browser.page_title}' at the address '{browser.address}'"
        told = f"Your browser is currently open to the page {place}."
        await proxy.a_send(told, assistant, False, True)
        await proxy.a_send(messages[-1]["content"], assistant, True, True)
        heard = proxy.chat_messages[assistant]
        reply = await proxy.a_answer(messages=heard, sender=assistant)
        return heard[-1]["content"] if reply == "" else content_text(reply["content"])


def _for_summaries(given: Any, config: Any) -> Any:
    """The models for summaries: those given, or of the agent's own the ones with long contexts."""
    if given is not None or not config:
        return given
    found = copy.deepcopy(config)
    entries = [each for each in found.get("config_list", ()) if each.get("model") in LONG_MODELS]
    return found | {"config_list": entries} if entries else found


async def _found(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    return True, await agent.found(messages)
