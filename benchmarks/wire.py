"""Traces in and out: spans per CPU second by format, and what hostile input costs.

    python benchmarks/wire.py [--spans N] [speed] [hostile] [floods]

Every measurement is a process of its own; CPU is of all its threads, user and system, less that of
a process that only imports. Ratios are within one run of this script: the machine may be busy.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

TEXT = "The quick brown fox jumps over the lazy dog near the old stone bridge at noon. "
IMPORT = "from agentloupe.tracer.wire.files import import_file, open_any\n"


def measured(code: str, *words: str) -> tuple[float, int, str]:
    """CPU seconds, peak RSS in bytes and the output of a Python program."""
    frame = (
        "import resource, sys, time\n"
        f"{code}\n"
        "use = resource.getrusage(resource.RUSAGE_SELF)\n"
        "peak = open('/proc/self/status').read().partition('VmHWM:')[2].split()[0]\n"
        "print('@', use.ru_utime + use.ru_stime, peak)\n"
    )
    command = [sys.executable, "-c", frame, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "@" not in done.stdout:
        raise SystemExit(f"{code}\n{done.stderr[-2000:]}")
    said, _, figures = done.stdout.rpartition("@")
    cpu, rss = figures.split()
    return float(cpu), int(rss) << 10, said.strip()


# -- speed -----------------------------------------------------------------------------------------
MAKE = """
from pathlib import Path
from agentloupe.tracer import conventions as c
from agentloupe.tracer.recorder import Recorder, LiveSpan
path, count = Path(sys.argv[1]), int(sys.argv[2])
text = sys.argv[3]
with Recorder(path, program="bench") as recorder:
    root = recorder.start_run("bench")
    with recorder.use(root):
        for number in range(count // 3):
            with recorder.record(c.AGENT, "invoke_agent a", agent="a") as turn:
                with recorder.record(c.CHAT, "chat m") as chat:
                    chat.set(c.REQUEST_MODEL, "gpt-4o")
                    chat.set(c.INPUT_TOKENS, 100)
                    chat.set(c.OUTPUT_TOKENS, 10)
                    chat.body(c.OUTPUT_MESSAGES, f"{number} {text * 6}")
                with recorder.record(c.TOOL, "execute_tool t") as tool:
                    tool.set(c.TOOL_NAME, "t")
                    tool.body(c.TOOL_ARGUMENTS, f"{number} {text}")
    root.end()
"""
SDK = """
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
count, text = int(sys.argv[1]), sys.argv[2]
kept = []
class Keep(SpanExporter):
    def export(self, spans):
        kept.extend(spans)
        return SpanExportResult.SUCCESS
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(Keep()))
tracer = provider.get_tracer("bench")
for number in range(count):
    with tracer.start_as_current_span("chat m") as span:
        span.set_attribute("gen_ai.request.model", "gpt-4o")
        span.set_attribute("gen_ai.usage.input_tokens", 100)
        span.set_attribute("gen_ai.output.messages", f"{number} {text * 2}")
before = time.process_time()
for start in range(0, count, 512):
    encode_spans(kept[start:start + 512]).SerializeToString()
print(time.process_time() - before)
"""
OUT = """
from agentloupe.tracer.reader import open_recording
from agentloupe.tracer.wire.outgoing import Options, spans_out
from agentloupe.cli.export import WRITERS
from pathlib import Path
with open_recording(sys.argv[1]) as recording:
    options = Options(bodies=sys.argv[4] == "bodies")
    before = time.process_time()
    count = WRITERS[sys.argv[2]](Path(sys.argv[3]), [recording.run(0)], options)
print(count, time.process_time() - before)
"""
LIVE = """
from agentloupe.tracer.wire.following import Follower
from agentloupe.tracer.wire.outgoing import Options
from agentloupe.tracer.wire.export import batches
from agentloupe.tracer.wire import otlp_proto
from pathlib import Path
follower = Follower(Path(sys.argv[1]), Options())
before = time.process_time()
count = 0
for batch in batches(follower.more()):
    count += len(batch)
    otlp_proto.encode(batch)
print(count, time.process_time() - before)
"""
IN = """
from agentloupe.tracer.wire.files import import_file
from pathlib import Path
before = time.process_time()
runs = import_file(Path(sys.argv[1]), Path(sys.argv[2]))
print(time.process_time() - before)
"""


def speed(spans: int) -> Iterator[str]:
    """Spans per CPU second out and in, beside the SDK's own encoder in the same run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "bench.loupe"
        measured(MAKE, str(path), str(spans), TEXT)
        _, _, said = measured(SDK, str(spans // 4), TEXT)
        sdk = spans // 4 / float(said)
        yield "| what | spans per CPU second | ratio to the SDK's encoder | peak RSS |"
        yield "| --- | ---: | ---: | ---: |"
        yield f"| opentelemetry-exporter-otlp: encode and serialize alone | {sdk:,.0f} | 1.0 | |"
        rows: list[tuple[str, str, list[str]]] = []
        for form, ending in (("otlp-json", "json"), ("otlp", "pb"), ("parquet", "parquet")):
            if form == "parquet" and not _has_arrow():
                continue
            for bodies in ("bodies", "none"):
                target = str(folder / f"{bodies}.{ending}")
                rows.append((f"out: {form}, {bodies}", OUT, [str(path), form, target, bodies]))
        rows.append(("out: a tail of the store, protobuf, none", LIVE, [str(path)]))
        for what, code, words in rows:
            _, rss, said = measured(code, *words)
            count, cpu = said.split()
            rate = int(count) / float(cpu)
            yield f"| {what} | {rate:,.0f} | {rate / sdk:.2f} | {rss >> 20} MiB |"
        for number, (what, file) in enumerate(_inputs(folder)):
            _, rss, said = measured(IN, str(file), str(folder / f"in{number}.loupe"))
            rate = spans / float(said)
            yield f"| in: {what} | {rate:,.0f} | {rate / sdk:.2f} | {rss >> 20} MiB |"


def _has_arrow() -> bool:
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None


def _inputs(folder: Path) -> Iterator[tuple[str, Path]]:
    yield "OTLP/JSON, bodies", folder / "bodies.json"
    yield "OTLP protobuf, bodies", folder / "bodies.pb"
    zipped = folder / "bodies.json.gz"
    with gzip.open(zipped, "wb", 1) as file:
        file.write((folder / "bodies.json").read_bytes())
    yield "OTLP/JSON, gzipped", zipped
    foreign = folder / "foreign.json"
    foreign.write_text(_foreign((folder / "bodies.json").read_text()), "utf-8")
    yield "OTLP/JSON of the conventions, not ours", foreign


def _foreign(text: str) -> str:
    """The same spans without what is ours."""
    document = json.loads(text)
    for group in document["resourceSpans"]:
        group["resource"]["attributes"] = []
        for scope in group["scopeSpans"]:
            scope["scope"] = {"name": "foreign"}
            for span in scope["spans"]:
                span["attributes"] = [
                    pair for pair in span["attributes"] if "agentloupe" not in pair["key"]
                ]
    return json.dumps(document)


# -- hostile input ---------------------------------------------------------------------------------
READ = """
from agentloupe.tracer.errors import LoupeError
from agentloupe.tracer.wire.files import open_any
try:
    with open_any(sys.argv[1]) as recording:
        print(f"read: {len(recording.runs)} runs, {sum(i.spans for i in recording.runs)} spans")
except LoupeError as error:
    print(type(error).__name__, error.code, error.what.partition(": ")[2][:90])
"""


def _span(attributes: str, number: int = 1) -> str:
    return (
        f'{{"traceId":"{"ab" * 16}","spanId":"{number:016x}","name":"x","startTimeUnixNano":"5",'
        f'"endTimeUnixNano":"6","attributes":[{attributes}]}}'
    )


def _request(*spans: str) -> str:
    return f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{",".join(spans)}]}}]}}]}}'


def _pair(key: str, value: str) -> str:
    return f'{{"key":"{key}","value":{value}}}'


def _nested(depth: int) -> str:
    return '{"arrayValue":{"values":[' * depth + '{"intValue":1}' + "]}}" * depth


def _bomb(path: Path, head: bytes, size: int, filler: bytes, tail: bytes = b"") -> None:
    block = filler * ((1 << 20) // len(filler))
    with gzip.open(path, "wb", 9) as file:
        file.write(head)
        for _ in range(size >> 20):
            file.write(block)
        file.write(tail)


def _large(path: Path, head: bytes, size: int, tail: bytes) -> None:
    with path.open("wb") as file:
        file.write(head)
        block = b"a" * (1 << 20)
        for _ in range(size >> 20):
            file.write(block)
        file.write(tail)


CASES: list[tuple[str, Callable[[Path], object]]] = [
    (
        "gzip bomb, 4 GiB of zeros",
        lambda p: _bomb(p, b"", 4 << 30, b"\0"),
    ),
    (
        "gzip bomb, 4 GiB of spaces in JSON",
        lambda p: _bomb(p, b'{"resourceSpans":', 4 << 30, b" "),
    ),
    (
        "gzip bomb, 4 GiB of JSON lines without spans",
        lambda p: _bomb(p, b"", 4 << 30, b'{"resourceSpans":[]}   \n' + b" " * 8),
    ),
    (
        "one body of 1 GB in a JSON document",
        lambda p: _large(
            p,
            _request(_span(_pair("k", '{"stringValue":"@"}'))).partition("@")[0].encode(),
            1000 << 20,
            _request(_span(_pair("k", '{"stringValue":"@"}'))).partition("@")[2].encode(),
        ),
    ),
    (
        "100,000 attributes on a span",
        lambda p: p.write_text(
            _request(_span(",".join(_pair(f"k{n}", '{"intValue":1}') for n in range(100_000))))
        ),
    ),
    (
        "1,000 spans of 16,000 attributes each",
        lambda p: p.write_text(
            "\n".join(
                _request(
                    _span(",".join(_pair(f"k{n}", '{"intValue":1}') for n in range(16_000)), m)
                )
                for m in range(1, 1001)
            )
        ),
    ),
    (
        "invalid UTF-8",
        lambda p: p.write_bytes(_request(_span(_pair("k", '{"stringValue":"'))).encode() + b"\xff"),
    ),
    (
        "values nested 100,000 deep",
        lambda p: p.write_text(_request(_span(_pair("k", _nested(100_000))))),
    ),
    ("values nested 40 deep", lambda p: p.write_text(_request(_span(_pair("k", _nested(40)))))),
    (
        "JSON nested 10,000,000 deep",
        lambda p: p.write_bytes(b'{"resourceSpans":' + b"[" * 10_000_000),
    ),
    ("JSON of another schema", lambda p: p.write_text('{"events": [{"id": 1}]}')),
    ("cut off in the middle", lambda p: p.write_text(_request(_span(""))[:-40])),
    ("random bytes", lambda p: p.write_bytes(bytes(i * 167 % 251 for i in range(1 << 20)))),
    (
        "protobuf that claims a 2 GiB field",
        lambda p: p.write_bytes(b"\x0a\xff\xff\xff\xff\x07" + b"\0" * 100),
    ),
]


def hostile() -> Iterator[str]:
    """What each case costs above a process that reads a small sound file."""
    with tempfile.TemporaryDirectory() as name:
        small = Path(name) / "small.json"
        small.write_text(_request(_span("")))
        base_cpu, base_rss, _ = measured(READ, str(small))
        yield "| input | size of the file | what is said | CPU | peak RSS above a small file's |"
        yield "| --- | ---: | --- | ---: | ---: |"
        for what, make in CASES:
            path = Path(name) / "case.json"
            make(path)
            cpu, rss, said = measured(READ, str(path))
            size = path.stat().st_size
            shown = f"{size / (1 << 20):,.1f} MiB" if size >= 1 << 20 else f"{size:,} B"
            more = max(0, rss - base_rss) >> 20
            yield f"| {what} | {shown} | {said} | {max(0, cpu - base_cpu):.1f} s | {more:,} MiB |"
            path.unlink()


# -- floods ----------------------------------------------------------------------------------------
SERVE = """
import gzip, http.client, tempfile, threading
from pathlib import Path
from agentloupe.tracer.wire.http_in import HttpServer
from agentloupe.tracer.wire.receiver import MAX_BODY, Receiver
kind = sys.argv[1]
made = Receiver(Path(tempfile.mkdtemp()) / "r.loupe", settle=0.2)
server = HttpServer("127.0.0.1", 0, made)
threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
attribute = b'{"key":"k","value":{"intValue":1}},'
head = (
    b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"' + b"ab" * 16
    + b'","spanId":"' + b"01" * 8 + b'","name":"x","startTimeUnixNano":"5","attributes":['
)
wide = head + attribute * ((MAX_BODY - 1000) // len(attribute))
wide = wide[:-1] + b"]}]}]}]}"
hollow = b"[" + b"[]," * (MAX_BODY // 3 - 2) + b"[]]"
small = head + b"]}]}]}]}"
bodies = {
    "wide": (wide, {}),
    "hollow": (hollow, {}),
    "bomb": (gzip.compress(bytes(1 << 30)), {"Content-Encoding": "gzip"}),
    "small": (small, {}),
}
body, headers = bodies[kind]
answers = {}
def client(times):
    for _ in range(times):
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=300)
        try:
            connection.request(
                "POST", "/v1/traces", body, {"Content-Type": "application/json", **headers}
            )
            status = connection.getresponse().status
        except OSError:
            status = "shut"
        answers[status] = answers.get(status, 0) + 1
        connection.close()
clients = [threading.Thread(target=client, args=(int(sys.argv[2]),)) for _ in range(32)]
[each.start() for each in clients]
[each.join() for each in clients]
server.shutdown()
print(len(body), answers, made.counters.spans)
"""
FLOODS = {
    "small": (50, "one span each"),
    "wide": (1, "16 MiB, a span of 480,000 attributes"),
    "hollow": (1, "16 MiB of empty arrays"),
    "bomb": (1, "gzip bombs of 1 GiB"),
}


def floods() -> Iterator[str]:
    """32 clients at once, in the receiver's own process: their bodies count as well."""
    yield "| 32 clients at once send | answers | spans kept | CPU | peak RSS |"
    yield "| --- | --- | ---: | ---: | ---: |"
    for kind, (times, what) in FLOODS.items():
        cpu, rss, said = measured(SERVE, kind, str(times))
        _, _, rest = said.partition(" ")
        answers, _, kept = rest.rpartition(" ")
        yield f"| {what} | {answers} | {kept} | {cpu:.1f} s | {rss >> 20:,} MiB |"


def main() -> None:
    words = sys.argv[1:]
    spans = int(words.pop(words.index("--spans") + 1)) if "--spans" in words else 60_000
    known = {"speed": lambda: speed(spans), "hostile": hostile, "floods": floods}
    print(f"Python {sys.version.split()[0]}, {time.strftime('%Y-%m-%d')}, {spans:,} spans\n")
    for part in words or known:
        for line in known[part]():
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
