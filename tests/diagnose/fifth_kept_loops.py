"""The fifth bank's kept half: other loops, never looked into while the rules were mended."""

# ruff: noqa: E501 one wording a line, one step after another

from __future__ import annotations

import json
import random

from .bank import Bank, Script, call, loop
from .fifth_voices import Cast, deck, ident, lines, shuffled

LOOPS = Bank("fifth kept loops")

BEFORE = lines("""
    The museum wants an audio guide in three languages by spring.
    I listed the forty rooms and the two hundred objects that need a text.
    A speaker costs about ninety an hour, a studio another sixty.
    Children get a version of their own, told by the stuffed bear.
    Half of the old recordings are on tape and have to be digitised.
    The app of the neighbouring museum was downloaded by nine per cent of the visitors.
    Loan devices need charging, cleaning and a deposit.
    I asked the guards which questions visitors put most: toilets, then mummies.
    Blind visitors want descriptions of what there is to see.
    The curator of coins insists on reading his texts himself.
""")


@LOOPS.family
def go_ahead_please(rng: random.Random) -> Script:
    cast = Cast(rng, "Studio", "Curator")
    a = deck(
        rng,
        lines("""
        We are ready to record as soon as you send the final texts for the rooms.
        The studio is ready; we just wait for the final texts of the rooms.
        As soon as the final room texts are here, we can start recording.
        Recording can begin once we have your final texts for the rooms.
        Waiting for the final texts of the rooms, then we start to record."""),
    )
    b = deck(
        rng,
        lines("""
        Great! I look forward to hearing the recording of the rooms.
        Perfect, please let me hear the recordings when they are ready.
        Sounds good. Let me know when I can hear the recording.
        Excellent, I am curious to hear the recorded rooms.
        Very good, tell me as soon as the recordings can be heard."""),
    )
    rounds = [[cast.says("Studio", next(a)), cast.says("Curator", next(b))] for _ in range(8)]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def which_language_first(rng: random.Random) -> Script:
    cast = Cast(rng, "Asker", "Answerer")
    a = deck(
        rng,
        lines("""
        Before I begin: which language has priority for the guide?
        Could you clarify which language of the guide comes first?
        I am not sure which language the guide needs first. Please clarify.
        One question before starting: what is the first language of the guide?
        To begin I must know which language is first for the guide."""),
    )
    b = deck(
        rng,
        lines("""
        Could you be more specific? Do you mean spoken or written language?
        What exactly do you mean by language, spoken or written?
        Please specify: is it about the spoken or the written language?
        Spoken or written? I need more details to answer.
        I need you to be more precise, written or spoken language?"""),
    )
    rounds = [[cast.says("Asker", next(a)), cast.says("Answerer", next(b))] for _ in range(8)]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def full_code_please(rng: random.Random) -> Script:
    cast = Cast(rng, "User", "Coder")
    asks = deck(
        rng,
        lines("""
        Please write the complete player, without placeholders.
        I need the whole player, not a sketch with placeholders.
        The player is still full of placeholders. Write all of it.
        No placeholders please, I want the complete player.
        Give me the full player code, nothing left out."""),
    )
    heads = deck(
        rng,
        [
            "Here is the complete player:",
            "Of course, this is the full player:",
            "Sure, the whole player:",
            "The player without placeholders:",
            "Understood, here is everything:",
        ],
    )
    body = "class Player:\n    def __init__(self, rooms):\n        self.rooms = rooms\n        # TODO load the recordings\n\n    def play(self, room):\n        # ... play the recording of the room\n        pass\n\n    def stop(self):\n        # TODO {note}\n        pass"
    notes = deck(rng, ["stop the recording", "implement", "to be done", "stop playing"])
    rounds = [
        [
            cast.says("User", next(asks)),
            cast.says(
                "Coder", f"{next(heads)}\n```python\n{body.replace('{note}', next(notes))}\n```"
            ),
        ]
        for _ in range(8)
    ]
    return loop(cast.talk(BEFORE), rounds, cast.names)


_LABEL = lines("""
    Room twelve shows how salt was won from the sea in shallow basins of clay.
    Workers raked the white crust at low tide and carried it home in baskets of willow.
    The wooden boat in the middle was built without a single nail and found in a bog.
    It has carried salt for three generations before the railway made it useless.
    On the left a ledger lists every sack, every debt and every funeral of the village.
    Listen to the song at the window, it was sung by the women who mended the sails.""")


@LOOPS.family
def label_in_new_clothes(rng: random.Random) -> Script:
    cast = Cast(rng, "Texter", "Designer", "Director")
    fonts = deck(
        rng,
        lines("""
        It looks better now, but the text is what counts. Director?
        I can set it like this. What does the director say?
        From the design side it is fine, I would ask the director.
        No objections from me, over to the director."""),
    )
    no = deck(
        rng,
        lines("""
        I am not convinced by the label, please rework it.
        The label does not convince me. Please work on it again.
        Rework the label, it is not convincing.
        Still no, the label has to be reworked."""),
    )
    rounds = []
    for _ in range(7):
        order = [*_LABEL]
        at = rng.randrange(5)
        order[at], order[at + 1] = order[at + 1], order[at]
        text = " ".join(order) if rng.random() < 0.5 else "\n".join(f"* {line}" for line in order)
        rounds.append(
            [
                cast.says("Texter", text),
                cast.says("Designer", next(fonts)),
                cast.says("Director", next(no)),
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def filters_in_any_order(rng: random.Random) -> Script:
    cast = Cast(rng, "Librarian")
    filters = [
        {"field": "room", "op": "eq", "value": 12},
        {"field": "language", "op": "in", "value": ["fr", "it"]},
        {"field": "kind", "op": "eq", "value": "tape"},
    ]
    rounds = []
    for _ in range(9):
        wish = {"filters": rng.sample(filters, 3), "sort": "title", "page": 1}
        rounds.append(
            [
                cast.says(
                    "Librarian",
                    "",
                    call(
                        "query_tapes",
                        json.dumps(shuffled(rng, wish)),
                        {"count": 0, "items": [], "query_id": ident(rng)},
                    ),
                )
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def numbered_tokens(rng: random.Random) -> Script:
    cast = Cast(rng, "Clerk", "Bank")
    token = rng.randrange(100000, 900000)
    rounds = []
    for _ in range(8):
        token += rng.randrange(3, 999)
        paid = call(
            "open_deposit",
            {"device": "AG-17", "sum": 20, "client_token": token},
            {"error": "device AG-17 is already on loan", "client_token": token},
        )
        rounds.append(
            [
                cast.says("Clerk", "The deposit for AG-17, please.", paid),
                cast.says("Bank", f"Deposit for AG-17 refused (token {token})."),
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def nothing_to_be_found(rng: random.Random) -> Script:
    cast = Cast(rng, "Lead", "Finder")
    queries = deck(
        rng,
        lines("""
        song of the sail menders original recording
        original recording of the sail menders' song
        sail menders song first recording
        where was the song of the sail menders recorded
        recording of sail menders singing, original
        historic audio song sail menders
        sail mender women song audio"""),
    )
    asks = deck(
        rng,
        lines("""
        Find the original recording of the song, please.
        We need the original of the song, look again.
        Please keep looking for the original recording.
        The original recording must be somewhere, search for it."""),
    )
    rounds = []
    for _ in range(8):
        query = next(queries)
        rounds.append(
            [
                cast.says("Lead", next(asks)),
                cast.says(
                    "Finder",
                    "",
                    call(
                        "archive_search",
                        {"text": query},
                        f"Your search for “{query}” returned 0 documents.",
                    ),
                ),
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def no_permission(rng: random.Random) -> Script:
    cast = Cast(rng, "Admin")
    errors = deck(
        rng,
        lines("""
        cat: /srv/audio/master.wav: Permission denied
        cp: cannot open '/srv/audio/master.wav' for reading: Permission denied
        PermissionError: [Errno 13] Permission denied: '/srv/audio/master.wav'
        ffmpeg: /srv/audio/master.wav: Permission denied
        head: cannot open '/srv/audio/master.wav' for reading: Permission denied
        rsync: open "/srv/audio/master.wav" failed: Permission denied (13)"""),
    )
    tries = deck(
        rng,
        lines("""
        cat /srv/audio/master.wav > /tmp/m.wav
        cp /srv/audio/master.wav /tmp
        python -c "open('/srv/audio/master.wav','rb').read()"
        ffmpeg -i /srv/audio/master.wav /tmp/m.mp3
        head -c 100 /srv/audio/master.wav
        rsync /srv/audio/master.wav /tmp/"""),
    )
    rounds = [
        [cast.says("Admin", "", call("shell", {"command": next(tries)}, next(errors)))]
        for _ in range(9)
    ]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def host_cannot_be_reached(rng: random.Random) -> Script:
    cast = Cast(rng, "Coder", "Executor")
    tries = deck(
        rng,
        lines("""
        requests.get('https://tapes.example/api/rooms', timeout=10)
        requests.Session().get('https://tapes.example/api/rooms')
        httpx.get('https://tapes.example/api/rooms')
        urllib.request.urlopen('https://tapes.example/api/rooms').read()
        requests.get('https://tapes.example/api/rooms', headers={'Accept': 'application/json'})"""),
    )
    errors = deck(
        rng,
        lines("""
        requests.exceptions.ConnectionError: HTTPSConnectionPool(host='tapes.example', port=443): Max retries exceeded with url: /api/rooms (Caused by NameResolutionError("Failed to resolve 'tapes.example'"))
        httpx.ConnectError: [Errno -2] Name or service not known: tapes.example
        urllib.error.URLError: <urlopen error [Errno -2] Name or service not known> for tapes.example
        socket.gaierror: [Errno -2] Name or service not known (tapes.example)"""),
    )
    excuses = deck(
        rng,
        lines("""
        This should be able to reach the service.
        Another client may do better.
        Let me try it with different settings.
        I will call the service in another way."""),
    )
    rounds = [
        [
            cast.says("Coder", f"{next(excuses)}\n```python\n{next(tries)}\n```"),
            cast.says("Executor", f"exitcode: 1\n{next(errors)}"),
        ]
        for _ in range(8)
    ]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def chinese_waiting(rng: random.Random) -> Script:
    cast = Cast(rng, "编辑", "录音")
    a = deck(
        rng,
        lines("""
        请先把第十二厅的录音发给我，我才能修改文字。
        我需要第十二厅的录音，收到以后才能修改文字。
        没有第十二厅的录音，文字没法修改，请发给我。
        请尽快发第十二厅的录音，我等着修改文字。"""),
    )
    b = deck(
        rng,
        lines("""
        文字还没有修改好，录音不能开始。
        要等文字修改好以后才能开始录音。
        录音必须等文字修改完，请先修改。
        请先把文字修改好，然后我再录音。"""),
    )
    rounds = [[cast.says("编辑", next(a)), cast.says("录音", next(b))] for _ in range(8)]
    return loop(cast.talk(BEFORE), rounds, cast.names)
