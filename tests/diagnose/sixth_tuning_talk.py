"""The sixth bank's tuned half, continued: loops of talk, and of pages that stay what they are."""

# ruff: noqa: E501 one wording a line

from __future__ import annotations

import random

from .bank import Script, Turn, loop
from .sixth_scene import Scene, rounds_of
from .sixth_tuning_loops import LOOPS, WORK, before


@LOOPS.family
def login_wall(rng: random.Random) -> Script:
    """Whatever link the browser follows, it ends at the same form."""
    scene = Scene(rng, "orchestrator", "web_surfer")
    form = "Sign in to continue\nEmail address\nPassword\nForgot your password?\nNew here? Create an account\nBy signing in you accept the terms of use and the privacy notice."

    def one(_: int) -> list[Turn]:
        page = rng.choice(
            ["reports", "archive", "downloads", "statistics", "library", "press", "data", "search"]
        )
        return [
            scene.says(
                "orchestrator",
                "{Please|Web surfer,} {open|go to|visit} the {page|section} {with|for} the {annual figures|yearly numbers} {and tell me|and report} {the total|the sum}.",
            ),
            scene.says(
                "web_surfer",
                "{I tried|I attempted} to {open|reach} the {figures|numbers}, but {the site|it} {asks me to sign in|wants me to log in}.",
                scene.tool(
                    "visit_url",
                    {"url": f"https://stats.example/{page}?ref={rng.getrandbits(20):05x}"},
                    form,
                ),
            ),
        ]

    return loop(before(scene), rounds_of(8, one), scene.who())


@LOOPS.family
def two_totals(rng: random.Random) -> Script:
    """Two experts insist on their own figure and explain it again."""
    scene = Scene(rng, "solver", "checker")
    a, b = rng.sample(range(31, 79), 2)

    def one(_: int) -> list[Turn]:
        return [
            scene.says(
                "solver",
                "{The answer is|It must be|I am sure it is} $n. {Each pair|Every pair} {is counted|counts} once, {so we halve|hence we halve} the product.",
                n=a,
            ),
            scene.says(
                "checker",
                "{I disagree|That is not right}: {it is|the result is} $n. The {host|first person} {does not|is not to} {count|be counted}, {which you forgot|as I said}.",
                n=b,
            ),
        ]

    return loop(before(scene), rounds_of(8, one), scene.who())


@LOOPS.family
def please_provide(rng: random.Random) -> Script:
    """Roles are flipped: each asks the other for what it should bring itself."""
    scene = Scene(rng, "planner", "programmer", "note_taker")

    def one(_: int) -> list[Turn]:
        made = [
            scene.says(
                "planner",
                "{Please|Kindly} {provide|share|send} the {code|implementation} {for|of} the {parser|parsing step}, {then|so that} {I can|we can} {plan|define} the {next steps|milestones}.",
            ),
            scene.says(
                "programmer",
                "{Please|Could you} {provide|share|send} the {plan|milestones} {for|of} the {parser|parsing step} first, {then|so that} {I can|I am able to} {write|start} the {code|implementation}.",
            ),
        ]
        if rng.random() < 0.4:
            made.append(scene.says("note_taker", rng.choice(WORK)))
        return made

    rounds = rounds_of(9, one)
    return loop(
        before(scene), rounds, scene.who("planner", "programmer"), alternatives=[scene.who()]
    )


@LOOPS.family
def in_attesa(rng: random.Random) -> Script:
    """Two agents wait for each other, in Italian or Japanese."""
    scene = Scene(rng, "redattore", "grafico")
    if rng.random() < 0.5:
        texts = (
            "{Resto in attesa|Sono in attesa|Aspetto} {delle|le} immagini {per poter|prima di} {impaginare|chiudere} {il numero|la rivista}.",
            "{Appena|Non appena} {arrivano|ricevo} {i testi|gli articoli} {preparo|mando} {subito le|le} immagini. {Attendo|Aspetto} {i testi|gli articoli}.",
        )
    else:
        texts = (
            "{画像|写真}が{届き|揃い}次第、{誌面|紙面}を{仕上げます|組みます}。{お待ちしております|待っています}。",
            "{原稿|記事}が{届き|揃い}次第、{画像|写真}を{お送りします|用意します}。{お待ちしております|待っています}。",
        )

    def one(_: int) -> list[Turn]:
        return [scene.says(role, text) for role, text in zip(scene.roles, texts, strict=True)]

    return loop(before(scene), rounds_of(8, one), scene.who())
