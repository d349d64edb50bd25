"""Kinds of failure that no other call will help against, told in many words.

A full disk, a token that has expired, a module that is not there: each program puts it otherwise,
and the next command fails of it as well. These are the kinds that operating systems and protocols
tell apart. Some lie with the machine or the caller, whatever is asked for; the others with a thing
that both failures name: a host, a port, a file, a module.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from ..tracer.remembered import Remembered
from .synonyms import stem

#: Kinds of failure by their words, in lower case.
_KINDS: Final = {
    "caller": re.compile(
        r"permission|forbidden|unauthori[sz]ed|not (?:allowed|permitted|authori[sz]ed|entitled)"
        r"|access (?:is )?denied|privileges?\b|credentials?\b|\b40[13]\b|authenticat\w+ failed"
        r"|token\b.{0,30}\b(?:expired|invalid|revoked|no longer valid)|suspended|deactivated"
        r"|invalid (?:username|password|token|api.?key)|not logged in|log ?in required"
    ),
    "way": re.compile(
        r"connection|cannot connect|could not connect|unreachable|no route|econn|errno 111"
        r"|failed to connect|not be (?:reached|resolved)|couldn't connect|no response"
        r"|resolv(?:e|ing)\b|resolution|unknown host|not known|getaddrinfo|enotfound"
    ),
    "storage": re.compile(r"no space|disk (?:is )?full|enospc|errno 28\b|quota|storage ?full"),
    "memory": re.compile(
        r"out ?of ?memory|\boom\b|cannot allocate|alloc_failed|memoryerror|enomem"
    ),
    "read-only": re.compile(r"read-only|erofs|errno 30\b"),
    "in use": re.compile(r"eaddrinuse|already (?:in use|running|bound|allocated)|errno 98\b"),
    "certificate": re.compile(r"certificate|\bssl|\btls\b|x509"),
    "file": re.compile(
        r"no such file|enoent|does not exist|file ?not ?found|not found|no files? found|errno 2\b"
    ),
    "module": re.compile(
        r"no module|modulenotfound|importerror|cannot find module|not installed|is required"
    ),
}
#: One of these is in all that such an expression finds: they are looked for many times as fast.
_HINTS: Final = {
    "caller": (
        "permission", "forbidden", "authori", "allowed", "permitted", "entitled", "denied",
        "privilege", "credential", "401", "403", "authenticat", "token", "suspended", "deactivated",
        "invalid ", "logged in", "in required",
    ),
    "way": (
        "connect", "unreachable", "no route", "econn", "errno 111", "not be ", "no response",
        "resolv", "resolution", "unknown host", "not known", "getaddrinfo", "enotfound",
    ),
    "storage": ("no space", "disk ", "enospc", "errno 28", "quota", "storage"),
    "memory": ("memory", "oom", "cannot allocate", "alloc_failed", "enomem"),
    "read-only": ("read-only", "erofs", "errno 30"),
    "in use": ("eaddrinuse", "already ", "errno 98"),
    "certificate": ("certificate", "ssl", "tls", "x509"),
    "file": ("no such file", "enoent", "not exist", "found", "errno 2"),
    "module": ("module", "importerror", "not installed", "is required"),
}  # fmt: skip
_WHATEVER: Final = frozenset({"caller", "storage", "memory", "read-only"})  # is asked for
_IN_USE: Final = frozenset({"in use"})
_OF_A_PLACE: Final = frozenset({"caller", "way"})
#: What a short result says only when the call failed, whatever it begins with.
_SURE: Final = (
    "out of memory", "no space left", "read-only file system", "connection refused",
    "already in use", "account suspended", "bad credentials", "could not be reached",
    "no servers could", "no such file", "name resolution", "unable to ",
)  # fmt: skip
_PLACE: Final = re.compile(r"[\w.-]+:\d[\w./:-]*|[\w.:-]*/[\w./:-]+")  # an address, a path
_NAMED: Final = re.compile(
    r"(?<!\w)['\"`“‘]([\w./:@-]{2,80})['\"`”’]|(?:\w+:)?/*[\w-]+(?:[./:@\\-]+[\w-]+)+/?"
)
_HOST: Final = re.compile(r"(?:\w+://)?([\w.-]*[a-z][\w.-]*)(?::\d+)?(?:/.*)?")
_NUMBER: Final = re.compile(r"\d{2,5}")
_CODE: Final = re.compile(r"errno \d+|\[[^\]]{0,12}\]|\b[\w.]*(?:error|exception)\b")
_GLUE: Final = frozenset(
    "the and for with that this was not are has had but from into could can".split()
)
_WORD: Final = re.compile(r"\w+")
_STEMS: Final = Remembered(stem, 1 << 12)
LONGEST: Final = 400  # characters of a failure that has one cause


def surely(head: str) -> bool:
    """A short result tells of a failure, though it does not begin like one.

    >>> surely("cuda out of memory: gpu 0 has 9 mib free"), surely("memory: 9 mib free")
    (True, False)
    """
    return any(map(head.__contains__, _SURE))


def kinds_of(failure: str) -> frozenset[str]:
    """The kinds that a failure, in lower case, names; none of a long one.

    >>> sorted(kinds_of("permission denied: connection closed"))
    ['caller', 'way']
    """
    if len(failure) > LONGEST:
        return frozenset()
    has = failure.__contains__
    likely = [kind for kind, hints in _HINTS.items() if any(map(has, hints))]
    return frozenset(kind for kind in likely if _KINDS[kind].search(failure))


def same_way(both: frozenset[str], new: str, old: str) -> bool:
    """Failures of the caller or of the way, of calls to the same places; `new` and `old` are
    their arguments.

    >>> same_way(frozenset({"way"}), "get a:80/x", "curl a:80/x")
    True
    """
    if both.isdisjoint(_OF_A_PLACE):
        return False
    places = set(_PLACE.findall(new))
    return bool(places) and places == set(_PLACE.findall(old))


def one_thing(both: frozenset[str], new: tuple[str, str], old: tuple[str, str]) -> bool:
    """Failures of these kinds are about one thing, or about none; each with its arguments.

    >>> file = frozenset({"file"})
    >>> one_thing(file, ("no such file: a.csv", "wc a.csv"), ("not found", "head a.csv"))
    True
    >>> one_thing(file, ("no such file: a.csv", "wc a.csv"), ("no such file: b.csv", "wc b.csv"))
    False
    """
    if not both.isdisjoint(_WHATEVER):
        return True
    if both == _IN_USE:
        ports = [set(_NUMBER.findall(f"{text} {asked}")) for text, asked in (new, old)]
        return not all(ports) or bool(ports[0] & ports[1])
    now, then = _things(new[0]), _things(old[0])
    if now and then:
        return bool(now & then)
    return _names(f"{old[0]} {old[1]}", now) or _names(f"{new[0]} {new[1]}", then)


@lru_cache(1 << 8)
def _things(text: str) -> frozenset[str]:
    """Files, modules and addresses by their names; of an address also the host."""
    found: set[str] = set()
    for match in _NAMED.finditer(_CODE.sub(" ", text)):
        whole = (match[1] or match[0]).strip("/")
        host = _HOST.fullmatch(whole) if "/" not in match[0] or "://" in match[0] else None
        found.update((whole, host[1]) if host else (whole,))
    return frozenset(found)


def _names(text: str, things: frozenset[str]) -> bool:
    return any(thing in text.lower() for thing in things)


def one_matter(one: str, other: str) -> bool:
    """Two errors have a good part of their words in common, if not enough to be one by themselves.

    >>> one_matter("OSError: connection refused by db", "pq: connection refused while dialling db")
    True
    """
    now, then = content_of(one.lower()), content_of(other.lower())
    return len(now & then) >= 2 and 3 * len(now & then) >= min(len(now), len(then))


def content_of(text: str) -> frozenset[str]:
    """The stems of a failure's words, in lower case, that tell something."""
    words = {word for word in _WORD.findall(text) if len(word) > 2}
    return frozenset(map(_STEMS.__getitem__, words - _GLUE))
