"""The thirteenth bank: coding agents, records, desks, tables and other languages, in circles."""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import json
import random
from typing import Any

from .bank import Bank, Script, Turn, call, loop, turn
from .spin import spin

LOOPS = Bank("thirteenth loops")


def tool(agent: str, name: str, args: dict[str, Any], result: Any, say: str = "") -> Turn:
    return turn(agent, say, call(name, args, result))


def record(**values: Any) -> str:
    return json.dumps(values)


def code_before(rng: random.Random, agent: str) -> list[Turn]:
    """How a coding agent begins: it looks around."""
    module = rng.choice(["ledger", "router", "parser", "cache"])
    return [
        tool(agent, "bash", {"command": "git status --short"}, f" M src/{module}.py"),
        tool(
            agent,
            "read",
            {"path": f"src/{module}.py"},
            f"class {module.title()}:\n    def __init__(self, size):\n        self.size = size\n        self.rows = []\n",
        ),
        tool(
            agent,
            "bash",
            {"command": f"wc -l src/{module}.py"},
            f"{rng.randrange(80, 400)} src/{module}.py",
        ),
    ][: rng.randrange(4)]


@LOOPS.family
def edits_and_the_same_test(rng: random.Random) -> Script:
    test = rng.choice(["test_rounding", "test_merge_order", "test_empty_row"])
    tries = [
        "int(value)",
        "round(value)",
        "value // 1",
        "math.floor(value)",
        "Decimal(value)",
        "float(value)",
        "value or 0",
        "str(value)",
    ]
    rng.shuffle(tries)
    rounds = [
        [
            tool(
                "dev",
                "edit",
                {"path": "src/ledger.py", "old": was, "new": now},
                "ok, 1 replacement",
            ),
            tool(
                "dev",
                "bash",
                {"command": f"pytest -q -k {test}"},
                f"F\nE   AssertionError: assert 3 == 4\nsrc/ledger.py:{rng.randrange(40, 60)}: AssertionError\n1 failed in 0.{rng.randrange(10, 99)}s",
            ),
        ]
        for was, now in zip(tries, tries[1:] + tries[:1], strict=True)
    ]
    return loop(code_before(rng, "dev"), rounds, ["dev"])


@LOOPS.family
def three_greps_in_turn(rng: random.Random) -> Script:
    name = rng.choice(["compute_fee", "load_plan", "merge_rows"])
    rounds = [
        [
            tool("dev", "grep", {"pattern": f"def {name}"}, ""),
            tool(
                "dev",
                "grep",
                {"pattern": name, "path": "src"},
                f"src/api.py:12: from .core import {name}",
            ),
            tool("dev", "bash", {"command": "ls src/core"}, "__init__.py\nutil.py"),
        ]
        for _ in range(5)
    ]
    return loop(code_before(rng, "dev"), rounds, ["dev"])


@LOOPS.family
def the_server_does_not_come_up(rng: random.Random) -> Script:
    port = rng.choice([3000, 8080, 5173])
    rounds = []
    for _ in range(6):
        pid = rng.randrange(2000, 60000)
        rounds.append(
            [
                tool("dev", "bash", {"command": "npm run dev &"}, f"[1] {pid}"),
                tool(
                    "dev",
                    "bash",
                    {"command": f"curl -s localhost:{port}/health"},
                    f"curl: (7) Failed to connect to localhost port {port}: Connection refused",
                ),
                tool("dev", "bash", {"command": f"kill {pid}"}, ""),
            ]
        )
    return loop(code_before(rng, "dev"), rounds, ["dev"])


@LOOPS.family
def the_job_fails_at_the_same_step(rng: random.Random) -> Script:
    step = rng.choice(["Install dependencies", "Upload coverage", "Build image"])
    rounds = []
    for _ in range(7):
        run = rng.randrange(10**9, 10**10)
        rounds.append(
            [
                tool(
                    "releaser",
                    "rerun_workflow",
                    {"workflow": "ci.yml"},
                    {"run_id": run, "state": "queued"},
                ),
                tool(
                    "releaser",
                    "get_run",
                    {"run_id": run},
                    {
                        "run_id": run,
                        "conclusion": "failure",
                        "failed_step": step,
                        "duration_s": rng.randrange(61, 190),
                    },
                ),
            ]
        )
    return loop([], rounds, ["releaser"])


@LOOPS.family
def one_pin_undoes_the_other(rng: random.Random) -> Script:
    a, b = rng.choice([("pandas", "numpy"), ("torch", "triton"), ("pydantic", "fastapi")])
    rounds = [
        [
            tool(
                "env",
                "shell",
                {"cmd": f"pip install -U {a}"},
                f"Successfully installed {a}-2.2.1 {b}-1.26.4\nERROR: dependency conflict: app requires {b}>=2.0",
            ),
            tool(
                "env",
                "shell",
                {"cmd": f"pip install -U {b}"},
                f"Successfully installed {b}-2.1.0\nERROR: dependency conflict: {a} 2.2.1 requires {b}<2.0",
            ),
        ]
        for _ in range(5)
    ]
    return loop(code_before(rng, "env"), rounds, ["env"])


@LOOPS.family
def pods_restart_and_restart(rng: random.Random) -> Script:
    count = rng.randrange(3, 9)
    rounds = []
    for at in range(7):
        pod = f"api-6d{rng.randrange(10, 99)}f-{''.join(rng.choice('bcdfghjk') for _ in range(5))}"
        rounds.append(
            [
                tool(
                    "operator",
                    "kubectl",
                    {"args": "get pods -l app=api"},
                    f"NAME {pod}  READY 0/1  STATUS CrashLoopBackOff  RESTARTS {count + at}  AGE {7 + 3 * at}m",
                ),
                tool(
                    "operator",
                    "kubectl",
                    {"args": "rollout restart deploy/api"},
                    "deployment.apps/api restarted",
                ),
            ]
        )
    return loop(
        [turn("operator", "The api deployment is red, I will look at it.")], rounds, ["operator"]
    )


@LOOPS.family
def codes_that_have_expired(rng: random.Random) -> Script:
    rounds = []
    for _ in range(6):
        code = f"{rng.randrange(10**6):06}"
        rounds.append(
            [
                tool("clerk", "request_code", {"channel": "sms"}, {"sent": True, "code": code}),
                tool(
                    "clerk",
                    "confirm",
                    {"code": code},
                    {
                        "error": "code_expired",
                        "message": f"The code {code} has expired, request a new one",
                    },
                ),
            ]
        )
    return loop([turn("clerk", "I sign in to the portal of the supplier now.")], rounds, ["clerk"])


@LOOPS.family
def robots_are_not_let_in(rng: random.Random) -> Script:
    shop = rng.choice(["books.example", "shoes.example", "parts.example"])
    rounds = [
        [
            tool(
                "browser",
                "open_url",
                {"url": f"https://{shop}/search?q=red"},
                f"<title>Just a moment...</title> Checking your browser. Ray ID: {rng.getrandbits(64):016x}",
                spin(
                    rng, "{Let me open the shop|Opening the page once more|I try the search again}."
                ),
            ),
            tool(
                "browser",
                "click",
                {"selector": "#verify"},
                f"<title>Just a moment...</title> Checking your browser. Ray ID: {rng.getrandbits(64):016x}",
                spin(rng, "{I click the box|The check has to be passed|Clicking verify}."),
            ),
        ]
        for _ in range(5)
    ]
    return loop([], rounds, ["browser"])


@LOOPS.family
def records_refuse_each_other(rng: random.Random) -> Script:
    a, b = rng.sample(["mon-09", "tue-14", "wed-10", "fri-16"], 2)
    why = ["calendar conflict", "already booked", "participant is not free", "room not available"]
    rounds = [
        [
            turn(
                "planner", record(action="propose", slot=slot, trace_id=f"{rng.getrandbits(48):x}")
            ),
            turn("guard", record(action="reject", slot=slot, reason=rng.choice(why))),
        ]
        for _ in range(4)
        for slot in (a, b)
    ]
    return loop(
        [turn("planner", record(action="open", topic="review of the budget"))],
        rounds,
        ["planner", "guard"],
        period=4,
    )


@LOOPS.family
def the_schema_wants_a_date(rng: random.Random) -> Script:
    names = ["invoice_date", "total", "supplier"]
    rounds = []
    for at in range(7):
        rng.shuffle(names)
        given = {
            "supplier": "Nordwind",
            "total": 1190.5,
            "invoice_date": rng.choice(["", "unknown", "n/a"]),
        }
        rounds.append(
            [
                turn(
                    "extractor",
                    record(attempt=at + 1, fields={name: given[name] for name in names}),
                ),
                turn(
                    "validator",
                    record(
                        valid=False,
                        errors=[{"field": "invoice_date", "msg": "not a valid ISO date"}],
                        checked_ms=rng.randrange(2, 30),
                    ),
                ),
            ]
        )
    return loop([], rounds, ["extractor", "validator"])


@LOOPS.family
def the_order_is_not_found(rng: random.Random) -> Script:
    order = f"{rng.choice('AKT')}{rng.randrange(1000, 9999)}"
    rounds = [
        [
            turn(
                "desk",
                spin(
                    rng,
                    "{I'm sorry, I can't find order $o|Unfortunately no order $o shows up here|Hmm, $o is not in my system}. {Could you check the number and send it again?|Would you mind giving me the order number once more?|Please tell me your order number again.}",
                    o=order,
                ),
            ),
            turn(
                "customer",
                spin(
                    rng,
                    "{It is $o|The number is $o, as I said|My order is $o|$o, it says so in the mail}{.|, thanks.|!}",
                    o=order,
                ),
            ),
        ]
        for _ in range(7)
    ]
    return loop(
        [
            turn("customer", "Hello, my parcel with the lamp is a week late."),
            turn(
                "desk",
                "Welcome to Lumen support, I am happy to look into that. What is the order number?",
            ),
            turn("customer", f"Sure, {order}."),
        ],
        rounds,
        ["desk", "customer"],
    )


@LOOPS.family
def three_desks_send_on(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "billing",
                spin(
                    rng,
                    "{This is a technical matter|That is nothing billing can solve|We only do invoices here}, {I pass you on to the technicians|the technicians will help you|let me connect you with tech}.",
                ),
            ),
            turn(
                "tech",
                spin(
                    rng,
                    "{The line is fine on our side|Technically everything works}, {it must be your contract|that looks like a question of the contract}; {I forward you to contracts|contracts will take over}.",
                ),
            ),
            turn(
                "contracts",
                spin(
                    rng,
                    "{Your contract is in order|I see no trouble with the contract}, {it has to do with the bill|this concerns the invoice}. {Billing will help you|I hand you over to billing}.",
                ),
            ),
        ]
        for _ in range(5)
    ]
    return loop(
        [turn("customer", "Since June I pay for two lines and only have one.")],
        rounds,
        ["billing", "tech", "contracts"],
    )


@LOOPS.family
def the_column_is_never_added(rng: random.Random) -> Script:
    rows = [
        (shop, rng.randrange(100, 900), rng.randrange(20, 90))
        for shop in ("Kiel", "Lyon", "Turin", "Porto")
    ]
    table = "| shop | sales | cost |\n| --- | --- | --- |\n" + "\n".join(
        f"| {s} | {a} | {c} |" for s, a, c in rows
    )
    rounds = [
        [
            turn(
                "analyst",
                spin(rng, "{Here is the updated table|The revised overview|Done, the new version}:")
                + f"\n\n{table}",
            ),
            turn(
                "chief",
                spin(
                    rng,
                    "{The margin column is still missing|I asked for a column with the margin|Where is the margin?} {Please add it|Add a margin column, please}.",
                ),
            ),
        ]
        for _ in range(6)
    ]
    return loop([turn("chief", "Make a table of the four shops.")], rounds, ["analyst", "chief"])


def tongue(
    name: str, agents: tuple[str, str], before: str, one: str, two: str, **values: list[str]
) -> None:
    def family(rng: random.Random) -> Script:
        picked = {key: rng.choice(choices) for key, choices in values.items()}
        rounds = [
            [turn(agents[0], spin(rng, one, **picked)), turn(agents[1], spin(rng, two, **picked))]
            for _ in range(7)
        ]
        return loop([turn(agents[1], spin(rng, before, **picked))], rounds, list(agents))

    family.__name__ = name
    LOOPS.family(family)


tongue(
    "po_russki_zhdut", ("редактор", "автор"),
    "Начинаем работу над статьёй про $t.",
    "{Жду от вас текст|Пришлите, пожалуйста, текст|Мне нужен ваш текст} про $t, {без него я не могу начать правку|тогда начну править|иначе правка стоит}.",
    "{Сначала нужны ваши замечания|Жду ваши замечания по плану|Пришлите сначала замечания}, {потом напишу текст|без них текста не будет|тогда и сяду за текст}.",
    t=["мосты", "музеи", "реки"],
)  # fmt: skip
tongue(
    "dosya_bulunamadi", ("analist", "depo"),
    "Raporu hazırlamaya başlıyoruz.",
    "{Lütfen $d dosyasını yükler misin|$d dosyasına ihtiyacım var|$d dosyası bende yok, yükler misin}? {Onsuz devam edemem|Açamıyorum}.",
    "{Dosya yüklendi|$d zaten yüklendi|Yükledim}, {tekrar dener misin|bir daha bak lütfen|kontrol eder misin}?",
    d=["satislar.csv", "stok.xlsx", "bordro.csv"],
)  # fmt: skip
tongue(
    "relance_sans_fin", ("commercial", "juriste"),
    "Nous préparons le contrat de $v.",
    "{Avez-vous pu relire le contrat|Où en est la relecture du contrat|Le contrat est-il relu}? {Le client s'impatiente|Le client attend|On me relance}.",
    "{Il me manque toujours l'annexe|Sans l'annexe je ne peux pas relire|J'attends encore l'annexe}, {pouvez-vous me l'envoyer|merci de me la transmettre}.",
    v=["Nantes", "Lille", "Dijon"],
)  # fmt: skip
tongue(
    "redefinir_a_senha", ("cliente", "suporte"),
    "Bem-vindo ao suporte da $e.",
    "{Não recebi o e-mail|O e-mail não chegou|Ainda não chegou nada} {para redefinir a senha|com o link da senha}. {Pode enviar de novo|Consegue reenviar}?",
    "{Acabei de reenviar|Enviei novamente|O link foi reenviado}. {Verifique a caixa de spam|Veja também no spam}, {por favor|por gentileza}.",
    e=["Lumen", "Rota", "Verde"],
)  # fmt: skip
tongue(
    "qing_zai_queren", ("销售", "仓库"),
    "我们开始处理$c的订单。",
    "{请确认一下库存|麻烦再确认一下库存|库存确认了吗}，{客户在催|客户等着回复}。",
    "{库存要等采购的数字|采购还没有给数字|没有采购的数字没法确认}，{请先问采购|请您先催一下采购}。",
    c=["上海", "成都", "广州"],
)  # fmt: skip
