"""Signs of secrets, for the scanner: whatever `secrets.mask` changes has one of them.

A sign is less than the pattern that it stands for, as Hyperscan looks at nothing behind or ahead.
Yet the fewer plain texts have one the better: each of those is looked through once more, by itself.
"""

from __future__ import annotations

import re
from typing import Final

from . import places
from .issuers import PREFIXES
from .secrets import NAMED_PART, NAMES

LONGEST: Final = 16  # characters behind a prefix that are counted
FEW: Final = 6  # likewise behind one of several: to prepare more would take long

_GAP: Final = rb"(?:[ \t-\r]|\\[nrt])*"
#: =, :=, ?=, =>, ":", ": string =", the end of an element
_IS: Final = rb"(?:[ \t-\r]*(?:[:?.+]*=|:)|(?::[ \t-\r]?|[ \t-\r])[a-z]+[ \t-\r]?=|>)"
_VALUE: Final = rb"[\\\"']*value"
_NAMED: Final = (
    NAMES
    + rb"(?:[\\\"'`]|\]?"
    + _IS
    + rb"| (?:is|was|lautet|ist) | \(?[\\\"'`]|,?"
    + _GAP
    + _VALUE
    + rb"|(?: block)?-----)",
    rb"[-_][a-z0-9]* ?(?:passwor[dt]|passwd|passphrase|pwd|secret|key|token)"
    + NAMED_PART
    + rb" ",  # an option
    rb"_(?:key|token)[\\\"']*,?" + _GAP + _VALUE,
    # any token or key by its length
    rb"(?:token|credentials?|key)[\\\"']*\]?(?:,|"
    + _IS
    + rb">?)"
    + _GAP
    + rb"[\\\"'`]*[^ \t-\r\"'\\,;&]{14}",
)


def _shape(prefix: bytes, rest: bytes) -> bytes:
    """A prefix and as many characters of a key as follow it at least."""
    found = re.search(rb"\{(\d+)", rest)
    least = 1 if found is None else max(1, int(found[1]))
    return prefix + rb"[A-Za-z0-9._~+/=-]{%d}" % min(least, FEW if b"|" in prefix else LONGEST)


SIGNS: Final = (
    *(_shape(prefix, rest) for prefix, rest in PREFIXES),
    *(
        rb"(?i)" + sign
        for sign in (
            *_NAMED,
            rb"://[^ \t-\r/@]*@",
            *places.SIGNS,
            rb"[?&](?:sig|signature|x-amz-signature|x-goog-signature)=",
        )
    ),
)
