"""The swimlane as lines: where columns stand, and what a row shows in them.

      step   time     user      coder     critic   said                                 memory
  ▸    12   3.20s       │         ●── Text ──▶     "looks wrong: the sum is off by one"  ▌  61M

With too many agents for lanes the compact form names them instead: `coder → critic  Text`.
Inner conversations share one lane at the right of the agents', `inner`, with their size.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from .cast import Cast, abbreviate, short_type, two_lines
from .pieces import Line, cells, cut, fit, length, pad, right
from .units import clock

NARROWEST, EASY, WIDEST = 9, 11, 16  # cells of a lane
OUTSIDE = 4  # cells left of the lanes, where messages of the program itself come from
BADGE = 3
INNER = 7
SAID = 18  # the headline column is worth showing from this width on
MEMORY = 8
MOST_LANES = 9


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of the swimlane at one width."""

    width: int
    number: int  # cells of the step number
    lanes: int  # number of lanes, 0 in the compact form
    lane: int  # cells of a lane
    edge: int  # cells of "coder → critic  Text" in the compact form
    said: int
    memory: int
    outside: int = 0
    badge: int = 0
    inner: int = 0  # cells of the lane of inner conversations

    @property
    def left(self) -> int:
        return 2 + self.number + 1 + 7 + 1

    @property
    def compact(self) -> bool:
        return self.lanes == 0

    def centre(self, lane: int) -> int:
        """Where a lane's line stands, from the start of the lanes; lane -1 is the outside."""
        return 0 if lane < 0 else self.outside + lane * self.lane + self.lane // 2


def lay_out(
    width: int,
    total: int,
    cast: Cast,
    *,
    memory: bool,
    compact: bool = False,
    inner: bool = False,
) -> Layout:
    """Share a width among the columns."""
    number = max(4, len(str(max(0, total - 1))))
    gauge = MEMORY if memory and width >= 50 else 0
    badge = BADGE if width >= 50 else 0
    inside = INNER if inner and width >= 50 else 0
    room = max(0, width - (2 + number + 1 + 7 + 1) - gauge - badge - inside)
    lanes = len(cast.lanes)
    if compact or not lanes or lanes > MOST_LANES or room < lanes * NARROWEST:
        edge = min(max(20, room * 2 // 5), 46)
        said = max(0, room - edge)
        edge = min(edge, room)
        return Layout(width, number, 0, 0, edge, said, gauge, badge=badge, inner=inside)
    outside = OUTSIDE if cast.program and room - OUTSIDE >= lanes * NARROWEST else 0
    room -= outside
    lane = min(WIDEST, max(EASY, (room - SAID - 6) // lanes))
    if room - lanes * lane < SAID:
        lane = room // lanes
    said = room - lanes * lane
    return Layout(width, number, lanes, lane, 0, said, gauge, outside, badge, inside)


def needed(total: int, cast: Cast, *, inner: bool = False) -> int:
    """The least width at which the lanes are drawn, 0 for more agents than have lanes."""
    lanes = len(cast.lanes)
    number = max(4, len(str(max(0, total - 1))))
    outside = OUTSIDE if cast.program else 0
    fixed = 2 + number + 1 + 7 + 1 + MEMORY + BADGE + outside + (INNER if inner else 0)
    return fixed + lanes * NARROWEST if lanes <= MOST_LANES else 0


def header(layout: Layout, cast: Cast) -> tuple[Line, Line]:
    """The two lines above the rows."""
    number = max(0, layout.left - 2 - 8)
    top: Line = [(" " * layout.left, "head")]
    low: Line = [("  " + right("step", number - 1) + right("time", 8) + " ", "head")]
    if layout.compact:
        low.append((pad("from → to", layout.edge), "head"))
        top.append((" " * layout.edge, "head"))
    top.append((" " * layout.outside, "head"))
    low.append((" " * layout.outside, "head"))
    for identity in cast.lanes[: layout.lanes]:
        first, second = two_lines(cast.name(identity), layout.lane - 1)
        role = f"{cast.role(identity)} bold"
        top.append((_centred(first, layout.lane), role))
        low.append((_centred(second, layout.lane), role))
    if layout.inner:
        top.append((" " * layout.inner, "head"))
        low.append((right("inner", layout.inner - 1) + " ", "inner bold"))
    if layout.said:
        top.append((" " * layout.said, "head"))
        words = " what was said" if layout.said >= SAID else ""
        low.append((pad(words, layout.said), "head"))
    if layout.badge:
        top.append((" " * layout.badge, "head"))
        low.append((" " * layout.badge, "head"))
    if layout.memory:
        top.append((" " * layout.memory, "head"))
        low.append((right("memory", layout.memory), "head"))
    return fit(top, layout.width, "head"), fit(low, layout.width, "head")


def _centred(text: str, width: int) -> str:
    space = max(0, width - cells(text))
    # the name's middle stands over the lane's line, at width // 2
    before = min(space, max(0, width // 2 - cells(text) // 2))
    return " " * before + text + " " * (space - before)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one row of steps shows: a message from one to one or to many."""

    step: int
    elapsed_ns: int
    sender: str
    recipients: tuple[str, ...]
    message_type: str
    said: str
    broadcast: bool
    open: bool
    failed: frozenset[str]  # recipients whose handling raised
    current: str = ""  # of a broadcast: the recipient the cursor is on
    note: str = ""  # "reply: ...", an error, or how long it has been open
    note_role: str = "dim"
    badge: str = ""  # what happened inside: tools, model calls
    badge_role: str = "dim"
    inner: str = ""  # what was talked inside: `▸3` closed, `▾3` open
    nested: bool = False  # it stands in an inner conversation that is open
    call: bool = False  # a turn or a call instead of a delivery: nobody sent it


def gutter(layout: Layout, step: int, elapsed_ns: int, *, here: bool, mark: str) -> Line:
    """Cursor, finding mark, number and time."""
    number = right(str(step), layout.number)
    time = right(clock(elapsed_ns), 8)
    return [
        ("▸" if here else " ", "cursor"),
        (mark[:1] or " ", "error" if mark == "✗" else "warning"),
        (number, "bold" if here else "number"),
        (time + " ", "time"),
    ]


def delivery(layout: Layout, cast: Cast, item: Delivery) -> Line:
    """The middle of a row: the arrow in its lanes, or names, and what was said."""
    if item.nested:
        head, text = _named(layout, cast, item), f"{item.note}  {item.said}".strip()
        badge = f"{item.inner} {item.badge}".strip()
        return beneath(layout, head, text, badge, item.badge_role)
    line = _named(layout, cast, item) if layout.compact else _drawn(layout, cast, item)
    if layout.inner:
        line.append((right(item.inner, layout.inner - 1) + " ", "inner"))
    if layout.said:
        note = f"{item.note}  " if item.note else ""
        said: Line = [(" ", ""), (note, item.note_role), (item.said, "said")]
        line += fit(said if layout.said >= SAID else [], layout.said)
    if layout.badge:
        line.append((pad(" " + item.badge, layout.badge), item.badge_role))
    return line


def middle(layout: Layout) -> int:
    """Cells of the lanes, or of the names in the compact form."""
    return layout.edge if layout.compact else layout.outside + layout.lanes * layout.lane


def beneath(layout: Layout, head: Line, said: str, badge: str = "", role: str = "") -> Line:
    """A row of an open inner conversation, across all lanes: what it was, and what was said."""
    room = layout.width - layout.left - layout.memory
    names = _names(layout)
    end = layout.badge + (3 if cells(badge) > 2 else 0)
    line: Line = [(" ┊ ", "inner"), *fit(head, names), ("  ", "")]
    line += fit([(said, "said")], max(0, room - names - 5 - end))
    return [*line, (right(badge, end - 1) + " ", role)] if end else line


def _names(layout: Layout) -> int:
    """Cells of the names in a row that stands in an inner conversation."""
    under = middle(layout) + layout.inner - 4  # what was said begins where that of the others does
    if layout.said >= SAID and 24 <= under <= 46:
        return under
    return max(16, min(46, (layout.width - layout.left - layout.memory) // 2))


def talk(layout: Layout, cast: Cast, owner: str, who: str, text: Line, count: str) -> Line:
    """A stretch of an inner conversation: within whose turn, who talks, how many steps."""
    grid = [" "] * middle(layout)
    roles = ["lane"] * len(grid)
    for lane in range(layout.lanes):
        grid[layout.centre(lane)] = "│"
    lane = cast.lane(owner) if owner else -1
    start = layout.centre(lane) if lane < layout.lanes and not layout.compact else 0
    for at in range(start, len(grid)):
        grid[at] = "┄" if grid[at] == " " else "┼"
        roles[at] = "inner"
    if layout.compact:
        name: Line = [(f"{cast.name(owner)} ", cast.role(owner))] if owner else []
        name += [("┄ ", "inner"), (who, "inner bold"), (" " + "┄" * layout.edge, "inner")]
        line, who = fit(name, layout.edge), ""
    else:
        grid[start] = "●" if owner else "▷"
        roles[start] = cast.role(owner)
        label = f" {who} "
        if start + 3 + len(label) < len(grid) and cells(label) == len(label):
            who = ""
            grid[start + 2 : start + 2 + len(label)] = label
            roles[start + 2 : start + 2 + len(label)] = ["inner bold"] * len(label)
        line = _joined(grid, roles)
    if layout.inner:
        line.append(("┄" * (layout.inner - 1 - len(count)) + count + " ", "inner bold"))
    if layout.said:
        told = fit([(" ", ""), (f"{who}  " if who else "", "inner bold"), *text], layout.said)
        line += told if layout.said >= SAID // 2 else [(" " * layout.said, "")]
    line.append((" " * layout.badge, ""))
    return line


def _named(layout: Layout, cast: Cast, item: Delivery) -> Line:
    shown = [name for name in item.recipients if name == item.current] or list(item.recipients)
    others = len(item.recipients) - 1
    target = cast.name(shown[0])
    many = f" +{others}" if others else ""
    arrow = " ✗ " if item.failed else " ⇉ " if item.broadcast else " → "
    head: Line = [
        ("" if item.call else cast.name(item.sender), cast.role(item.sender)),
        (("✗ " if item.failed else "") if item.call else arrow, "error" if item.failed else "dim"),
        (target, cast.role(shown[0])),
        (many, "dim"),
    ]
    kind = short_type(item.message_type)
    room = _names(layout) if item.nested else middle(layout)
    if length(head) > room:
        each = max(3, (room - length(head[1:2] + head[3:])) // 2)
        head[0] = (abbreviate(head[0][0], each), head[0][1])
        head[2] = (abbreviate(head[2][0], each), head[2][1])
    spare = room - length(head) - 2
    if spare < 4:
        return fit(head, room)
    return fit([*head, ("  ", ""), (cut(kind, spare), "type")], room)


def _drawn(layout: Layout, cast: Cast, item: Delivery) -> Line:
    grid = [" "] * (layout.outside + layout.lanes * layout.lane)
    roles = ["lane"] * len(grid)
    for lane in range(layout.lanes):
        grid[layout.centre(lane)] = "│"
    source = cast.lane(item.sender)
    targets = {cast.lane(name): name for name in item.recipients}
    if max(source, *targets) >= layout.lanes:
        return fit(_named(layout, cast, item), len(grid))
    low, high = min(source, *targets), max(source, *targets)
    rail = "═" if item.broadcast else "─"
    colour = cast.role(item.sender)
    for at in range(layout.centre(low), layout.centre(high) + 1):
        roles[at] = colour
        grid[at] = rail if grid[at] == " " else ("╪" if item.broadcast else "┼")
    grid[layout.centre(source)] = "●" if source >= 0 else "▷"
    for lane, name in targets.items():
        at = layout.centre(lane)
        grid[at] = _head(item, lane, source, low, high, failed=name in item.failed)
        if name in item.failed:
            roles[at] = "error"
        elif name == item.current:
            roles[at] = f"{colour} reverse"
    _label(layout, grid, roles, item, source, sorted(targets))
    return _joined(grid, roles)


def _head(item: Delivery, lane: int, source: int, low: int, high: int, *, failed: bool) -> str:
    if failed:
        return "✗"
    if lane == source:
        return "↻"
    if low < lane < high:
        return "◆"
    if item.open:
        return "○"
    return "▶" if lane > source else "◀"


def _label(
    layout: Layout,
    grid: list[str],
    roles: list[str],
    item: Delivery,
    source: int,
    targets: list[int],
) -> None:
    """Write the type on the longest free stretch of the arrow."""
    text = short_type(item.message_type)
    stops = sorted({layout.centre(lane) for lane in [source, *targets]})
    gaps = [(b - a, a, b) for a, b in pairwise(stops)]
    if not gaps:  # to itself: beside its lane
        start = stops[0] + 2
        width = min(layout.lane - 3, len(grid) - start)
    else:
        size, start, stop = max(gaps, key=lambda gap: (gap[0], -gap[1]))
        width = min(size - 4, cells(text))
        start = (start + stop + 1 - (width + 2)) // 2 + 1
    text = abbreviate(text, width)
    if width < 3 or cells(text) != len(text):
        return  # no room, or characters that are no single cells
    for offset, char in enumerate(f" {text} " if gaps else text):
        at = start + offset - (1 if gaps else 0)
        grid[at] = char
        roles[at] = "type"


def _joined(grid: list[str], roles: list[str]) -> Line:
    out: Line = []
    start = 0
    for at in range(1, len(grid) + 1):
        if at == len(grid) or roles[at] != roles[start]:
            out.append(("".join(grid[start:at]), roles[start]))
            start = at
    return out
