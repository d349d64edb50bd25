"""What a tool said, without what its framework put around it.

Servers and frameworks answer in envelopes: a status record, content parts, tags. They say whether
the call failed and hold ids and durations of the call; the result itself is one entry of them.
"""

from __future__ import annotations

import re
from typing import Final, cast

import msgspec

from ..tracer.remembered import Remembered
from .masks import MASK, is_fresh
from .synonyms import root

_DEEP: Final = 4  # envelopes within envelopes
_LARGEST: Final = 1 << 14  # characters of an answer that is opened
#: Where an envelope holds the result, and what stands beside it about the call.
_HOLDS: Final = (
    "content", "output", "out", "result", "text", "data", "response", "value", "body", "stdout",
    "stderr", "message", "error",
)  # fmt: skip
_ABOUT: Final = re.compile(
    r"(?:type|mime_?type|status|ok|success(?:ful)?|succeeded|(?:is_?)?valid|is_?error|failed|(?:exit|return)?_?code"
    r"|tool|tool_?name|annotations|truncated|cached|_?meta|metadata|stdout|stderr|error|errors|message"
    r"|(?:request|trace|span|call|tool_call|correlation)_?id|timestamp|took|elapsed|ms|millis(?:econds)?|.*_(?:ms|at)"
    r"|(?:duration|latency|elapsed)(?:_?s|_?sec|_?seconds)?|attempts?|retries|role)",
    re.IGNORECASE,
)
#: Whether a field of this name is about the call.
_KEYS: Final = Remembered(
    lambda key: _ABOUT.fullmatch(key) is not None or is_fresh(key.lower()), 1 << 12
)
_FAILED: Final = frozenset({"error", "failed", "failure", "fail"})
_BAD: Final = ("error", "errors")
_NONE: Final[tuple[object, ...]] = (None, False, "", [], {}, 0)
_GOOD: Final = ("ok", "success", "succeeded", "successful", "valid", "is_valid")
_TAGGED: Final = re.compile(r"\s*<([a-z][\w-]{0,30})>\s*(.*?)\s*</\1>\s*", re.DOTALL)


#: Containers that do not come up: their name, restarts and age are new each time.
_DOWN: Final = ("crashloopbackoff", "imagepullbackoff", "errimagepull", "oomkilled")
_POD: Final = re.compile(r"(?:\b[a-z][a-z0-9-]*-[0-9a-z\x01]+|\x01)-[0-9a-z]{2,5}\b")
_AGES: Final = re.compile(r"\b(?:restarts? )?\d+ (?:\(.{1,20}?\) )?(?:age )?(?:\x01|\d+[smhd])+")


def down(result: str) -> str | None:
    """What is told of containers that do not come up, without what is new each time.

    >>> down("api-7c6d4b9f5-x2x9k 0/1 crashloopbackoff 3 (20s ago) 5m2s").replace(MASK, "*")
    '* 0/1 crashloopbackoff *'
    """
    if not any(map(result.__contains__, _DOWN)):
        return None
    return _AGES.sub(MASK, _POD.sub(MASK, result))


#: How a failure begins, and what is told of one elsewhere, with words without which it is none:
#: expressions are dear, and most results hold none of the words.
_FAILED_FROM_START: Final = re.compile(
    r"\W*(?:error|exception|traceback|fatal|failed|failure|denied|invalid|could not|couldn't"
    r"|cannot|can't|unable|unknown (?:command|tool|function)|no such|forbidden|unauthori[sz]ed"
    r"|(?:access|permission) denied|timeout|timed out|refused|unsupported"
    r"|not (?:allowed|permitted))\b"
    r"|[\w./-]+: .{0,80}\b(?:timed out|refused|not found|no such|cannot|could not|denied|failed"
    r"|unable|problem)\b"
)
_TOLD: Final = (
    (("error", "exception"), re.compile(
        r'"(?:errors?|exception)"\s*:\s*(?!null|false|""|\[\]|\{\}|0\b)|(?:error|exception)\b\s*:'
    )),
    (("status", "code"), re.compile(
        r'(?:status|code)"?\s*[:=]\s*"?(?:[45]\d\d|error|failed|rejected|refused)\b'
    )),
    (("error", "fail"), re.compile(
        r'"(?:conclusion|state|outcome|result)"\s*:\s*"(?:error|failed|failure)"'
    )),
    (("false",), re.compile(
        r'"(?:ok|success|succeeded|successful|(?:is_?)?valid)"\s*:\s*false'
    )),
)  # fmt: skip


def fails(head: str) -> bool:
    """Whether a result tells of a failure by how it begins.

    >>> fails("error: no such file"), fails('{"status": 503}'), fails("no error was found")
    (True, True, False)
    """
    if _FAILED_FROM_START.match(head) is not None:
        return True
    return any(
        any(map(head.__contains__, words)) and told.search(head) is not None
        for words, told in _TOLD
    )


_REFUSED: Final = re.compile(
    r'"(?:message|msg|detail|details|reason|description|status_?text|alert|flash|banner)"\s*:\s*"'
    r"[^\"]{0,80}\b(?:expired|invalid|incorrect|wrong|rejected|refused|declined|denied|failed"
    r"|not (?:found|valid|allowed|accepted|recogni[sz]ed|available)|could not|cannot|unable)\b",
    re.IGNORECASE,
)


_REFUSALS: Final = (  # one of these is in all of that
    "expired", "invalid", "incorrect", "wrong", "rejected", "refused", "declined", "denied",
    "failed", "not ", "could not", "cannot", "unable",
)  # fmt: skip


def refuses(head: str) -> bool:
    """A record whose message says that it did not work, whatever stands beside it.

    >>> refuses('{"page": "login", "message": "This code has expired."}')
    True
    >>> refuses('{"page": "login", "message": "Welcome."}')
    False
    """
    if head[:1] != "{" or (head.isascii() and not any(map(head.lower().__contains__, _REFUSALS))):
        return False
    return _REFUSED.search(head) is not None


_FILE: Final = re.compile(r"[\w-]*\d[\w-]*\.[a-z][a-z0-9]{1,4}\b")


def files(text: str) -> list[str]:
    """Files with numbers in their names: what was made under a new name is new.

    >>> files("saved as cover_7f3a2b91.png in 1.2 s")
    ['cover_7f3a2b91.png']
    """
    return _FILE.findall(text)


def opened(text: str) -> tuple[str, bool]:
    """The result in an answer, and whether the envelope says that the call failed.

    >>> opened('{"isError": true, "content": [{"type": "text", "text": "no such file"}]}')
    ('no such file', True)
    >>> opened('{"output":"7 rows","request_id":"a81","status":"ok"}')
    ('7 rows', False)
    >>> opened('{"valid":false,"errors":["no title"]}')
    ('{"valid":false,"errors":["no title"]}', True)
    >>> opened('{"ok":true,"rev":1229}')  # which write it was, and not what came of it
    ('{"ok":true,"rev":1229}', False)
    >>> opened('{"x":1,"y":2}')
    ('{"x":1,"y":2}', False)
    """
    if len(text) > _LARGEST:
        return text, False
    failed = False
    for _ in range(_DEEP):
        inner, bad = _tag(text) if text[:1] == "<" else _record(text)
        failed = failed or bad
        if inner is None:
            break
        text = inner
    return text, failed


def _tag(text: str) -> tuple[str | None, bool]:
    found = _TAGGED.fullmatch(text)
    if found is None:
        return None, False
    return found[2], found[1] in _FAILED


def _record(text: str) -> tuple[str | None, bool]:
    if text[:1] not in ("{", "["):
        return None, False
    try:
        value = cast(object, msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None, False
    if isinstance(value, list):
        return _parts(cast(list[object], value)), False
    return _field(cast(dict[str, object], value)) if isinstance(value, dict) else (None, False)


def _parts(values: list[object]) -> str | None:
    """The texts of content parts, None when they are something else."""
    texts: list[str] = []
    for value in values:
        fields = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        text = fields.get("text", fields.get("content"))
        if "type" not in fields or not isinstance(text, str):
            return None
        texts.append(text)
    return "\n".join(texts) if texts else None


def _field(fields: dict[str, object]) -> tuple[str | None, bool]:
    """The one entry that is the result, where the others are about the call.

    Whatever it is called, if it is the only one that is not: servers have names of their own.
    """
    failed = _says_failed(fields)
    others = [key for key in fields if not _KEYS[key]]
    if not failed and len(others) == 1 < len(fields) and fields[others[0]] not in (None, ""):
        return _text(fields[others[0]]), failed
    for key in _HOLDS:
        value = fields.get(key)
        if value is not None and value != "" and not isinstance(value, bool):
            if all(other == key or _KEYS[other] for other in fields):
                return _text(value), failed
            return None, failed
    return None, failed


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _says_failed(fields: dict[str, object]) -> bool:
    if fields.get("isError") is True or fields.get("is_error") is True:
        return True
    keys = fields.keys()
    if not keys.isdisjoint(_GOOD) and any(fields.get(key) is False for key in _GOOD):
        return True
    if not keys.isdisjoint(_BAD) and any(fields.get(key) not in _NONE for key in _BAD):
        return True
    if fields.get("exit_code", 0) not in (0, None) or fields.get("returncode", 0) not in (0, None):
        return True
    status = str(fields.get("status", fields.get("code", ""))).lower()
    return status in _FAILED or (len(status) == 3 and status[0] in "45" and status.isdigit())


_TOOL_WORD: Final = re.compile(r"[a-z]{4,}")


def denies(tool: str, text: str) -> bool:
    """A record says of itself that what the tool is called for was not done.

    >>> denies("arm.grasp", '{"grasped": false, "force": 4}'), denies("grasp", '{"moved": false}')
    (True, False)
    """
    if "false" not in text or text[:1] != "{" or len(text) > _LARGEST:
        return False
    try:
        value = cast(object, msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    fields = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    done = [key.lower() for key, told in fields.items() if told is False]
    words = {root(word) for word in _TOOL_WORD.findall(tool.lower())} if done else set[str]()
    return any(key.endswith("ed") and root(key.rpartition("_")[2]) in words for key in done)
