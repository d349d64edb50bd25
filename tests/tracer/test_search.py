"""Words are found where they were said, by looking fast as by looking at everything."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.bodies import Context, text
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.search import excerpt, find, texts_of, words_of

from ..examples import examples
from .recordings import deliver

WORDS = ("alpha", "Beta", "GAMMA", "Łódź", "straße", "delta_1", "42", "x")


def _recorded(path: Path, said: list[str]) -> None:
    with Recorder(path) as recorder:
        root = recorder.start_run("search")
        with recorder.use(root):
            for index, words in enumerate(said):
                deliver(recorder, root, "a/default", "b/default", {"n": index, "text": words})
                with recorder.record(c.CHAT, f"chat {words[:5]}") as span:
                    request = [text(each) for each in said[: index + 1]]
                    span.body(c.INPUT_MESSAGES, Context("a", request))
                    span.body(c.OUTPUT_MESSAGES, {"long": f"{words} " * 300, "n": index})
                    span.set("note", words[::-1])
        root.end()


sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(" ".join)


@examples(15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(sentences, min_size=1, max_size=4), st.lists(st.sampled_from(WORDS), max_size=2))
def test_it_finds_what_is_there(tmp_path: Path, said: list[str], asked: list[str]) -> None:
    path = tmp_path / "r.loupe"
    path.unlink(missing_ok=True)
    _recorded(path, said)
    words = [word.casefold() for word in asked]
    with open_recording(path) as recording:
        run = recording.run(0)
        everything = {
            (span.id, key)
            for span, key, text in texts_of(run)
            if words and all(word in text.casefold() for word in words)
        }
        found = {(each.span_id, each.key) for each in find(run, " ".join(asked))}
        assert found <= everything | found
        assert {key for _, key in found} >= {key for _, key in everything}
        assert bool(found) == bool(everything)


def test_by_step_and_with_its_surroundings(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    _recorded(path, ["nothing", "the word xylophone is rare, and it is here", "nothing again"])
    with open_recording(path) as recording:
        run = recording.run(0)
        found = find(run, "XYLOPHONE rare")
        assert found[0].step == 2
        assert "the word xylophone is rare" in found[0].excerpt
        assert len(find(run, "nothing", 1)) == 1
        assert [each.step for each in find(run, "xylophone", step=2)] == [2]
        assert find(run, "xylophone", step=0) == []
        assert find(run, "") == find(run, "--- !") == find(run, "absent") == []


def test_an_excerpt_is_one_short_line() -> None:
    assert excerpt("a\n\tneedle\r\nb", "needle") == "a needle b"
    shown = excerpt("before " * 100 + "needle" + " after" * 100, "needle")
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert "needle" in shown
    assert len(shown) < 140


def test_words() -> None:
    assert words_of("Don't say  'Über-Fall' 42!") == ["don", "t", "say", "über", "fall", "42"]
