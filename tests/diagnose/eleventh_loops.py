"""The eleventh bank: loops that no other bank has, written without a look at the rules."""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Bank, Script, Turn
from .eleventh_room import Room

LOOPS = Bank("eleventh loops")


@LOOPS.family
def cross_origin_again(rng: random.Random) -> Script:
    """The engineer says the header is there, the tester's browser says it is not."""
    r = Room(rng)
    page = rng.choice(["checkout", "profile", "search"])

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "backend",
                "{I added the CORS header to the API|The header for cross-origin calls is in now|CORS is enabled on our side}, {please try the $page page|give $page another go}.",
                page=page,
            ),
            r.say(
                "tester",
                "{Still blocked by CORS policy on the $page page|The $page page is still blocked: no Access-Control-Allow-Origin header|Same as before, the browser blocks $page for lack of the CORS header}.",
                page=page,
            ),
        ]

    return r.goes_round(["backend", "tester"], one, 8)


@LOOPS.family
def ticket_before_approval(rng: random.Random) -> Script:
    """Approval needs a ticket, the ticket needs an approval."""
    r = Room(rng)

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "requester",
                "{I need approval for the firewall change|Could you approve the firewall change|Please sign off the firewall change}.",
            ),
            r.say(
                "approver",
                "{I can only approve with a ticket number|Without a ticket number I cannot approve it|For an approval there has to be a ticket number}.",
            ),
            r.say(
                "desk",
                "{A ticket is only opened once the change is approved|We open tickets for approved changes only|No ticket without an approval, that is our rule}.",
            ),
        ]

    return r.goes_round(["requester", "approver", "desk"], one)


@LOOPS.family
def slots_already_declined(rng: random.Random) -> Script:
    """Two calendars offer each other the same two slots."""
    r, (x, y) = (
        Room(rng),
        rng.sample(["Tuesday at 10", "Wednesday at 3", "Friday at noon", "Monday at 9"], 2),
    )

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "anna_assistant",
                "{How about|Would|Could we do} $x {for Anna|, which suits Anna}?",
                x=x,
            ),
            r.say(
                "ben_assistant",
                "{Ben is busy then|Ben cannot make that|That does not work for Ben}. {Would $y do|How about $y|$y is what he has}?",
                y=y,
            ),
            r.say(
                "anna_assistant",
                "{Anna has a clash then|Anna cannot|Not possible for Anna}, {only $x|$x would be good|we would rather take $x}.",
                x=x,
            ),
            r.say(
                "ben_assistant",
                "{As for Ben, it has to be $y|Ben only has $y|$y then, Ben is taken otherwise}.",
                y=y,
            ),
        ]

    return r.goes_round(["anna_assistant", "ben_assistant"], one, 6)


@LOOPS.family
def punchy_or_safe(rng: random.Random) -> Script:
    """Marketing makes it bold, legal makes it careful, and back."""
    r, what = Room(rng), rng.choice(["toothbrush", "savings plan", "bike helmet"])
    bold, meek = "The best $what you will ever own!", "A $what that many customers find useful."

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "marketing",
                "{Too dull|This has no life|Nobody would read that}. {New line|Better|Make it}: "
                + bold,
                what=what,
            ),
            r.say(
                "legal",
                "{We cannot claim that|That claim is a risk|Superlatives are not allowed}. {Please use|Rather|Take}: "
                + meek,
                what=what,
            ),
        ]

    return r.goes_round(["marketing", "legal"], one, 8)


@LOOPS.family
def no_operator_is_free(rng: random.Random) -> Script:
    """The case is escalated and comes back."""
    r = Room(rng)

    def one(at: int) -> list[Turn]:
        reason = rng.choice(
            [
                "customer is angry",
                "refund above limit",
                "needs a person",
                "angry customer wants a human",
            ]
        )
        return [
            r.say(
                "bot",
                "{I am connecting you with a colleague|Let me hand you to a person|One moment, I will find someone}.",
                r.tool(
                    "escalate",
                    {"reason": reason},
                    "no operator available, the case was returned to the bot",
                ),
            ),
            r.say(
                "customer",
                "{I want to talk to a person|A human, please|Can I finally speak with somebody}.",
            ),
        ]

    return r.goes_round(["bot", "customer"], one, 8)


@LOOPS.family
def inches_or_centimetres(rng: random.Random) -> Script:
    """A table is converted to and fro."""
    r, a = Room(rng), rng.randrange(20, 60)
    metric, imperial = (
        f"| part | length |\n| --- | --- |\n| rail | {a * 2.54:.1f} cm |\n| post | {(a + 9) * 2.54:.1f} cm |",
        f"| part | length |\n| --- | --- |\n| rail | {a} in |\n| post | {a + 9} in |",
    )

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "us_office",
                "{We need inches here|Inches, please, for the workshop|The drawing wants inches}:\n\n"
                + imperial,
            ),
            r.say(
                "eu_office",
                "{Our norm is metric|Centimetres are required|It has to be metric}:\n\n" + metric,
            ),
        ]

    return r.goes_round(["us_office", "eu_office"], one, 7)


@LOOPS.family
def just_to_confirm(rng: random.Random) -> Script:
    """One confirms, the other confirms the confirmation."""
    r, n = Room(rng), rng.randrange(20, 80)

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "planner",
                "{Just to confirm|To be sure|Only checking}: $n {chairs|chairs in total|seats} {for the main hall|in the main hall}, {right|correct|yes}?",
                n=n,
            ),
            r.say(
                "venue",
                "{Yes|Correct|Exactly}, $n {chairs|seats} {for|in} the main hall. {Can you confirm|Do you confirm that|Would you confirm}?",
                n=n,
            ),
        ]

    return r.goes_round(["planner", "venue"], one, 9)


@LOOPS.family
def nobody_bids(rng: random.Random) -> Script:
    """An auction at one price without a bid."""
    r, price = Room(rng), rng.randrange(2, 9) * 50

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "auctioneer",
                "{Do I hear|Who gives|Any offer at} $p {for the clock|for this fine clock}?",
                p=price,
            ),
            r.say("left_bidder", "{No bid|Not from me|I stay out}."),
            r.say("right_bidder", "{No bid here either|I pass|Too dear for me}."),
        ]

    return r.goes_round(["auctioneer", "left_bidder", "right_bidder"], one, 8)


@LOOPS.family
def the_same_article(rng: random.Random) -> Script:
    """Whatever the customer says, it is article 12."""
    r, what = Room(rng), rng.choice(["router", "boiler", "printer"])

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "customer_sim",
                "{My $what still does not start|I said the $what won't turn on|It is about the $what: it does not come on}. {The article did not help|I have read that|That page is no use}.",
                what=what,
            ),
            r.say(
                "help_bot",
                '{I am sorry to hear that|That is annoying|I understand}. {Please see|Have a look at|You will find help in} article 12, "First steps with your $what".',
                what=what,
            ),
        ]

    return r.goes_round(["customer_sim", "help_bot"], one, 8)


@LOOPS.family
def polishing_one_title(rng: random.Random) -> Script:
    """Three titles go round, each praised."""
    r, titles = (
        Room(rng),
        rng.sample(["Light on Water", "Water and Light", "The Lit Water", "Of Light and Water"], 3),
    )

    def one(at: int) -> list[Turn]:
        return [
            entry
            for title in titles
            for entry in (
                r.say("poet", '{How about|What of|Maybe} "$t"?', t=title),
                r.say(
                    "editor",
                    "{Lovely|Very nice|I like it}, {but could it be stronger|but let us try one more|yet something is missing}?",
                ),
            )
        ]

    return r.goes_round(["poet", "editor"], one, 4)


@LOOPS.family
def wie_pakt_het_op(rng: random.Random) -> Script:
    """Dutch: each waits for the other to begin."""
    r = Room(rng)

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "planner",
                "{Kun jij alvast beginnen met de begroting|Wil jij met de begroting beginnen|Begin jij maar met de begroting}? {Dan volg ik|Ik sluit daarna aan|Ik kom erna}.",
            ),
            r.say(
                "boekhouder",
                "{Ik wacht op jouw planning|Eerst heb ik jouw planning nodig|Zonder jouw planning kan ik niet beginnen}, {stuur die maar|dan begin ik|daarna ga ik aan de slag}.",
            ),
        ]

    return r.goes_round(["planner", "boekhouder"], one, 8)


@LOOPS.family
def brakuje_zalacznika(rng: random.Random) -> Script:
    """Polish: the attachment is not there."""
    r = Room(rng)

    def one(at: int) -> list[Turn]:
        return [
            r.say(
                "biuro",
                "{W załączeniu przesyłam fakturę|Faktura jest w załączniku|Załączam fakturę}. {Proszę o potwierdzenie|Czekam na potwierdzenie}.",
            ),
            r.say(
                "klient",
                "{Nie widzę załącznika|W wiadomości nie ma załącznika|Brakuje załącznika}, {proszę wysłać fakturę|czy można wysłać fakturę jeszcze raz}?",
            ),
        ]

    return r.goes_round(["biuro", "klient"], one, 8)


@LOOPS.family
def two_of_five_are_stuck(rng: random.Random) -> Script:
    """Three report as they should; the designer and the printer turn in a circle."""
    r = Room(rng)
    rows = [
        f"{a} {b}"
        for a in ("north", "south", "east", "west", "inner", "outer")
        for b in ("gate", "hall", "stand", "yard")
    ]
    rng.shuffle(rows)

    def one(at: int) -> list[Turn]:
        n, m, k = rows[3 * at : 3 * at + 3]
        return [
            r.say(
                "electrician",
                f"{{The {n} has power now|Power is on at the {n}}}, {rng.randrange(3, 40)} {{lamps|sockets}}.",
            ),
            r.say(
                "designer",
                "{Which paper size do you take|I need the paper size first|Tell me the paper size, please}?",
            ),
            r.say(
                "caterer",
                f"{{Tables for {rng.randrange(20, 90)} guests stand in the {m}|The {m} is laid for {rng.randrange(20, 90)}}}.",
            ),
            r.say(
                "printer",
                "{Send the artwork, then I can tell|That depends on your artwork|I will know once the artwork is here}.",
            ),
            r.say(
                "guard",
                f"{{Checked the {k}|{k.title()} is locked}}, {{key {rng.randrange(99)}|badge {rng.randrange(900)}}}.",
            ),
        ]

    script = r.goes_round(["electrician", "designer", "caterer", "printer", "guard"], one, 7)
    script["truth"] |= {"agents": ["designer", "printer"], "onset": script["truth"]["onset"] + 1}
    return script
