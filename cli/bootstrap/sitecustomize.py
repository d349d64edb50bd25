"""Starts the recording inside a program's interpreter, then gets out of the way.

Python's `site` imports this module because `loupe run` put its folder first on PYTHONPATH. It takes
that folder off `sys.path` and out of the program's view of the environment, starts the recorder,
and imports the `sitecustomize` that would have been imported without it.

The environment of the process itself keeps both variables, so that child processes are recorded
too. A child begins recording when it imports an agent framework: most children never do, and some
belong to other interpreters. This file therefore needs nothing but a Python 3 of any version.
"""

# pyright: basic
# The above as annotations would need a newer Python than some children have.
# ruff: noqa: UP031

import json
import os
import sys

BOOT = "AGENTLOUPE_BOOT"
HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 the string that was put there


def _hide(name, value):
    """Set or remove a variable in the program's view only: children inherit the process's own."""
    data = os.environ._data  # pyright: ignore[reportAttributeAccessIssue]  what is behind the view
    key = os.environ.encodekey(name)
    if value is None:
        data.pop(key, None)
    else:
        data[key] = os.environ.encodevalue(value)


def _withdraw():
    """Leave `sys.path` and the view of the environment as they would be without us."""
    sys.path[:] = [entry for entry in sys.path if entry != HERE]
    sys.path_importer_cache.pop(HERE, None)
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if entries[0] == HERE:
        _hide("PYTHONPATH", os.pathsep.join(entries[1:]) or None)
    boot = os.environ.get(BOOT)
    _hide(BOOT, None)
    return boot


class _WhenNeeded:
    """A finder that finds nothing: it starts the recording at the first import of a framework."""

    def __init__(self, boot, packages):
        self.boot = boot
        self.packages = packages

    def find_spec(self, name, path=None, target=None):
        if name in self.packages:
            sys.meta_path.remove(self)
            _begin(self.boot)


def _say(text):
    sys.stderr.write("agentloupe: nothing is recorded: %s\n" % text)


def _begin(boot):
    try:
        from agentloupe.cli import child
    except ImportError as error:
        python = sys.executable
        if "main" not in boot:
            _say(
                "agentloupe cannot be imported (%s): %s -m pip install agentloupe" % (error, python)
            )
        return
    child.begin(boot, HERE)


def _start():
    text = _withdraw()
    if not text:
        return
    boot = json.loads(text)
    if "main" not in boot or boot["main"] == os.getpid():
        _begin(boot)
    else:
        sys.meta_path.insert(0, _WhenNeeded(boot, frozenset(boot["packages"])))


def _chain():
    """Import the `sitecustomize` that ours was imported in place of."""
    ours = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401 another one, as our folder is off the path
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
    finally:
        if ours is not None:
            sys.modules.setdefault("sitecustomize", ours)


if __name__ == "sitecustomize":
    try:
        _start()
    except Exception as error:
        _say(repr(error))
    _chain()
