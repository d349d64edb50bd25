"""Secrets by the place where they stand: an option of a command, a header, an argument of a call.

`secrets` knows secrets by their shape and by a name right before them. These have neither: what
follows `-p` is a port to ssh and a password to mysql. A place is a few words that are looked for
first, and a pattern for what is around the secret.
"""

from __future__ import annotations

import re
from typing import Final

from .late import Late

MASK: Final = b"***"
#: what stands for a secret without being one: "${KEY}", "<your key>", "{password}", "os.environ"
STANDIN: Final = (
    rb"(?![<${%\[(]|\.\.\.|x{3}|\*{3}|your|none\b|null\b|os\.|env"
    rb"|pass(?:word|wd|phrase)?\b|secret\b|token\b|[a-z_][a-z0-9_.]{0,60}[\[(])"
)
_Q: Final = rb"\\*[\"'`]"  # a quote, also of text in JSON
_END: Final = rb"\s\"'`\\&|;<>"
_WORD: Final = STANDIN + rb"[^" + _END + rb"]{4,400}"  # that nobody looks at any closer
_DIGIT: Final = rb"(?=[^" + _END + rb",()]{0,100}[0-9])"
_GAP: Final = rb"(?:[ \t\r\n]|\\[nrt]){0,20}"

# -- commands --------------------------------------------------------------------------------------
_BETWEEN: Final = rb"(?:[^\n|;&]|\\\n){0,200}?\s"  # of the same command
#: commands, and the options behind which a password stands
_COMMANDS: Final = (
    (
        (b"curl", b"wget", b"httpie"),
        rb"(?:-u ?|-U ?|-a |--(?:proxy-)?user[ =])(?:" + _Q + rb")?[^\s:\"'\\]{1,100}:",
    ),
    ((b"wget", b"sshpass"), rb"(?:--(?:http|ftp|proxy)-password[ =]|-p ?)(?:" + _Q + rb")?"),
    (
        (b"mysql", b"mariadb", b"7z", b"rar ", b"mongo"),
        rb"-h?p(?:" + _Q + rb")?(?=[^\s\"'\\]{4})",
    ),
    ((b" login", b"twine"), rb"-p (?:" + _Q + rb")?" + _DIGIT),
    ((b"redis-cli",), rb"(?:-a|--pass)[ =](?:" + _Q + rb")?"),
    ((b"ldap",), rb"-w ?(?:" + _Q + rb")?" + _DIGIT),
    ((b"zip ",), rb"-P ?(?:" + _Q + rb")?"),
    ((b"smb", b"rpcclient", b"cifs"), rb"-U ?(?:" + _Q + rb")?[^\s%\"'\\]{1,100}%"),
)
_OPTIONS: Final = tuple(
    (
        words,
        Late(
            rb"((?:"
            + rb"|".join(words)
            + rb")[^\s]{0,20}(?:"
            + _BETWEEN
            + rb")?"
            + option
            + rb")"
            + _WORD
        ),
    )
    for words, option in _COMMANDS
)
_PIPED: Final = Late(
    rb"((?:echo|printf) (?:-\w{1,3} )?(?:"
    + _Q
    + rb")?(?:[A-Za-z0-9._-]{1,60}:)?)(?!\S{0,100}\*{3})"
    + _WORD
    + rb"(?=(?:"
    + _Q
    + rb")? ?\| ?[^\n|]{0,120}?(?:login|passwd|password|with-token|-stdin))"
)

# -- headers ---------------------------------------------------------------------------------------
_AUTHORIZATION: Final = Late(
    rb"(?i)(authorization(?:"
    + _Q
    + rb")?\s{0,5}[:=,]\s{0,5}(?:"
    + _Q
    + rb")?(?:[A-Za-z][A-Za-z0-9-]{1,30} )?)"
    + STANDIN
    + _DIGIT
    + rb"[^"
    + _END
    + rb",]{8,4000}"
)
_DIGEST: Final = Late(rb"(?i)(\b(?:response|signature)=\\*\"?)[0-9a-f]{32,128}\b")
_COOKIE: Final = Late(
    rb"(?i)cookies?(?:" + _Q + rb")?(?:\]?\s{0,5}[:=]| (?=\\*['\"]))\s{0,5}[^\r\n\\]{8,4000}"
    rb"|curl[^\n|;]{0,400}? (?:-b|--cookie) [^\r\n|]{8,4000}"
)
_CRUMB: Final = Late(
    rb"([A-Za-z0-9_.-]{1,80}(?:=|"
    + _Q
    + rb"\s{0,3}[:,]\s{0,3}"
    + _Q
    + rb"))"
    + STANDIN
    + _DIGIT
    + rb"(?=[^"
    + _END
    + rb",]{0,100}[A-Za-z])[^"
    + _END
    + rb",{}()]{12,4000}"
)

# -- files and calls -------------------------------------------------------------------------------
_LINES: Final = (
    # {"auths": {"registry": {"auth": "…"}}}, _auth=…
    rb"(?:(?P<q>" + _Q + rb")_?auth(?P=q)\s{0,5}:\s{0,5}(?P=q)|_auth\s{0,5}=\s{0,5})"
    rb"(?=[A-Za-z0-9+/=_-]{0,100}[0-9=])(?=[A-Za-z0-9+/=_-]{12})",
    rb"\b(?:machine\s{1,5}\S{1,100}|default)"
    + _GAP
    + rb"\s?login\s{1,5}\S{1,100}"
    + _GAP  # netrc
    + rb"\s?(?:account \S{1,100}\s)?password\s{1,5}",
    rb"(?:\bauth\s{0,3}=\s{0,3}|basicauth|digestauth|\.login)\(\s{0,20}(?P<p>"
    + _Q
    + rb")(?:(?!(?P=p)).){1,100}(?P=p),\s{0,20}"
    + _Q,
)
_CALLS: Final = Late(
    rb"(?i)(" + rb"|".join(rb"(?:" + line + rb")" for line in _LINES) + rb")" + _WORD
)
#: what is left of a password in /etc/shadow and the like
_CRYPT: Final = Late(rb"(\$(?:1|2[abxy]|5|6|y|argon2(?:id|i|d))\$)[A-Za-z0-9./$=,+]{20,200}")

_PROGRAMS: Final = tuple(sorted({word for words, _ in _OPTIONS for word in words}))
#: For `signs`, in any case but for `-i`: whatever is changed here has one of them.
SIGNS: Final = (
    rb"(?-i:" + rb"|".join(re.escape(word) for word in _PROGRAMS) + rb")",
    rb"(?:echo|printf) ",
    rb"auth(?:orization)?[\\\"'`]*[ \t-\r]*[:=,(]|login[ \t-\r(]|cookie|curl",
    rb"(?:response|signature)=[\\\"]*[0-9a-f]{16}",
    rb"\$(?:1|2[abxy]|5|6|y|argon2(?:id|i|d))\$",
)


def may(low: bytes) -> bool:
    """Whether a lower-cased text may have such a place."""
    return (
        b"auth" in low
        or b"login" in low
        or (b"=" in low and b"cookie" in low)
        or (_options(low) and any(word in low for word in _PROGRAMS))
        or (b"$" in low and _CRYPT.search(low) is not None)
        or (b"|" in low and (b"echo " in low or b"printf " in low))
    )


def _options(low: bytes) -> bool:
    """Whether there is an option of a command: a dash between words has a blank behind it."""
    at = low.find(b" -")
    while at >= 0:
        if low[at + 2 : at + 3].isalpha() or low[at + 2 : at + 3] == b"-":
            return True
        at = low.find(b" -", at + 2)
    return False


def mask(data: bytes) -> bytes:
    """`data` with the secrets of such places replaced."""
    low = data.lower()
    if _options(low):
        for words, pattern in _OPTIONS:
            if any(word in low for word in words):
                data = pattern.sub(rb"\1" + MASK, data)
    if b"|" in low:
        data = _PIPED.sub(rb"\1" + MASK, data)
    if b"auth" in low or b"login" in low:
        data = _AUTHORIZATION.sub(rb"\1" + MASK, data)
        data = _DIGEST.sub(rb"\1" + MASK, data)
        data = _CALLS.sub(rb"\1" + MASK, data)
    if b"cookie" in low or b"curl" in low:
        data = _COOKIE.sub(_crumbs, data)
    if b"$" in data:
        data = _CRYPT.sub(rb"\1" + MASK, data)
    return data


def _crumbs(found: re.Match[bytes]) -> bytes:
    return _CRUMB.sub(rb"\1" + MASK, found[0])
