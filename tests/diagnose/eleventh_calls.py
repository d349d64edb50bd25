"""The eleventh bank: loops of tools."""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Script, Turn
from .eleventh_loops import LOOPS
from .eleventh_room import Room


@LOOPS.family
def version_pin_seesaw(rng: random.Random) -> Script:
    """Pinning one package unpins the other."""
    r, (a, b) = (
        Room(rng),
        rng.choice([("pandas", "numpy"), ("pydantic", "fastapi"), ("torch", "vision")]),
    )

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "packager",
                "{I pin|Let me pin|Now pinning} $a to 2.x.",
                r.tool(
                    "set_pin",
                    {"package": a, "to": "2.*"},
                    f"{a}==2.* set; {b} removed from the lock",
                ),
                a=a,
            ),
            r.say(
                "packager",
                "{The lock lost|We are missing} $b, {putting it back|adding it again}.",
                r.tool(
                    "set_pin",
                    {"package": b, "to": "1.*"},
                    f"{b}==1.* set; {a} removed from the lock",
                ),
                b=b,
            ),
        ]

    return r.goes_round(["packager"], one)


@LOOPS.family
def crash_loop_back_off(rng: random.Random) -> Script:
    """A deployment is restarted; only its counter of restarts moves."""
    r, app = Room(rng), rng.choice(["billing", "mailer", "gateway"])

    def one(at: int) -> list[Turn]:
        pod = f"{app}-{rng.getrandbits(36):x}-{rng.choice('abcdxz')}{rng.randrange(99)}"
        return [
            r.does(
                "operator",
                r.tool(
                    "kubectl",
                    {"cmd": f"rollout restart deployment/{app}"},
                    f"deployment.apps/{app} restarted",
                ),
            ),
            r.say(
                "operator",
                "{Restarted, checking|Let me look at the pods|Checking the pods}.",
                r.tool(
                    "kubectl",
                    {"cmd": "get pods"},
                    f"{pod}   0/1   CrashLoopBackOff   {at + 3}   {rng.randrange(20, 90)}s",
                ),
            ),
        ]

    return r.goes_round(["operator"], one, 9)


@LOOPS.family
def stale_index(rng: random.Random) -> Script:
    """The index is built and found stale."""
    r, docs = Room(rng), rng.randrange(200, 900)

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "librarian",
                "{Rebuilding|I rebuild} the index.",
                r.tool("build_index", {"source": "wiki"}, f"index built, {docs} documents"),
            ),
            r.say(
                "answerer",
                "",
                r.fails(
                    "ask_index",
                    {
                        "question": rng.choice(
                            ["leave policy", "policy on leave", "how many days of leave"]
                        )
                    },
                    "IndexStale: the index is older than its source, rebuild it",
                ),
            ),
        ]

    return r.goes_round(["librarian", "answerer"], one, 8)


@LOOPS.family
def drift_after_apply(rng: random.Random) -> Script:
    """Infrastructure is applied, and the plan shows the same change."""
    r, what = Room(rng), rng.choice(["aws_instance.web", "bucket.logs", "dns_record.www"])

    def one(at: int) -> list[Turn]:
        return [
            r.does(
                "platform",
                r.tool(
                    "terraform",
                    {"run": "plan"},
                    f"~ {what}: tags changed outside\nPlan: 0 to add, 1 to change, 0 to destroy.",
                ),
            ),
            r.say(
                "platform",
                "{One change to apply|There is still one change|The plan has a change}, {applying|I apply it}.",
                r.tool(
                    "terraform",
                    {"run": "apply -auto-approve"},
                    f"{what}: modifications complete after {rng.randrange(1, 9)}s\nApply complete! 0 added, 1 changed, 0 destroyed.",
                ),
            ),
        ]

    return r.goes_round(["platform"], one, 8)


@LOOPS.family
def code_by_phone_expires(rng: random.Random) -> Script:
    """A one-time code has always expired."""
    r = Room(rng)

    def one(at: int) -> list[Turn]:
        code = f"{rng.randrange(10**6):06}"
        return [
            r.does(
                "login_bot",
                r.tool("request_code", {"channel": "sms"}, f"code {code} sent to ***42"),
            ),
            r.does(
                "login_bot",
                r.fails(
                    "submit_code",
                    {"code": code},
                    "AuthError: the code has expired, request a new one",
                ),
            ),
        ]

    return r.goes_round(["login_bot"], one, 8)


@LOOPS.family
def links_in_a_ring(rng: random.Random) -> Script:
    """Records point to each other in a ring."""
    r, ids = Room(rng), [f"N{rng.randrange(100, 999)}" for _ in range(3)]

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "walker",
                "{Next is|Following|On to} $id.",
                r.tool("get_record", {"id": x}, {"id": x, "type": "alias", "see": y}),
                id=x,
            )
            for x, y in zip(ids, ids[1:] + ids[:1], strict=True)
        ]

    return r.goes_round(["walker"], one, 6)


@LOOPS.family
def disk_is_full(rng: random.Random) -> Script:
    """Nothing can be freed and nothing written."""
    r = Room(rng)

    def one(at: int) -> list[Turn]:
        path = f"/export/part-{rng.randrange(1000):03}.csv"
        return [
            r.does(
                "exporter",
                r.fails(
                    "write_file",
                    {"path": path},
                    f"OSError: [Errno 28] No space left on device: '{path}'",
                ),
            ),
            r.say(
                "exporter",
                "{The disk is full, cleaning up|Out of space, I clean up first|I will free some space}.",
                r.tool(
                    "clean_cache",
                    {"dir": rng.choice(["/tmp", "/var/tmp", "/var/cache"])},
                    "removed 0 files, freed 0 B",
                ),
            ),
        ]

    return r.goes_round(["exporter"], one, 8)


@LOOPS.family
def at_the_bound(rng: random.Random) -> Script:
    """The optimiser asks for more than is allowed and gets the bound."""
    r, loss = Room(rng), rng.random()

    def one(at: int) -> list[Turn]:
        rate = round(1.0 + rng.random(), 2)
        return [
            r.say(
                "tuner",
                "{Try a higher momentum|More momentum might help|Raising the momentum}.",
                r.tool("train", {"momentum": rate}, f"momentum clipped to 0.999, loss {loss:.4f}"),
            )
        ]

    return r.goes_round(["tuner"], one, 9)


@LOOPS.family
def rebase_stops_again(rng: random.Random) -> Script:
    """The same commit conflicts in the same file."""
    r, name, sha = (
        Room(rng),
        rng.choice(["setup.cfg", "router.ts", "main.go"]),
        f"{rng.getrandbits(28):07x}",
    )

    def one(at: int) -> list[Turn]:
        return [
            r.does(
                "dev",
                r.tool(
                    "edit_file",
                    {"path": name, "take": rng.choice(["ours", "theirs", "both"])},
                    "saved",
                ),
            ),
            r.say(
                "dev",
                "{Resolved, continuing|Conflict resolved, on with it|Continuing the rebase}.",
                r.tool(
                    "git",
                    {"args": "rebase --continue"},
                    f"CONFLICT (content): Merge conflict in {name}\nerror: could not apply {sha}... tidy up\nhint: Resolve all conflicts manually",
                ),
            ),
        ]

    return r.goes_round(["dev"], one, 8)


@LOOPS.family
def element_is_detached(rng: random.Random) -> Script:
    """A button with a new id each time, and no click that arrives."""
    r = Room(rng)

    def one(at: int) -> list[Turn]:
        ident = f"#save-{rng.getrandbits(24):06x}"
        return [
            r.say(
                "browser_agent",
                "{Clicking save|I click save again|Save it}.",
                r.fails(
                    "click",
                    {"selector": ident},
                    f"ElementDetached: {ident} is not attached to the document",
                ),
            )
        ]

    return r.goes_round(["browser_agent"], one, 8)


@LOOPS.family
def download_from_zero(rng: random.Random) -> Script:
    """A download that starts again."""
    r, size = Room(rng), rng.randrange(2, 9)

    def one(at: int) -> list[Turn]:
        got = rng.randrange(90, 130)
        return [
            r.does(
                "fetcher", r.tool("head", {"file": "weights.bin"}, f"size {size}.1 GB, have 0 B")
            ),
            r.say(
                "fetcher",
                "{Resuming|Starting the download|Trying the download once more}.",
                r.fails(
                    "download",
                    {"file": "weights.bin", "offset": 0},
                    f"ConnectionReset: peer closed after {got} KB; partial file discarded",
                ),
            ),
        ]

    return r.goes_round(["fetcher"], one, 8)
