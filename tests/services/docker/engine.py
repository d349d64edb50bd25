"""A Docker engine of our own, for tests: from Debian's packages, unpacked and not installed.

    python tests/services/docker/engine.py up      fetch once, start, make the images; prints where
    python tests/services/docker/engine.py down    end it
    python tests/services/docker/engine.py purge   end it and delete everything

Needs root, apt and dpkg; says what it lacks and exits with 77 otherwise. Everything lies in one
folder of the cache (`AGENTLOUPE_CACHE`). The engine has no bridge and no registry: images are made
from static busybox and from the Python that runs this, and its proxy is a closed port.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = (
    "docker.io containerd runc tini busybox-static libdevmapper1.02.1 libseccomp2".split()
)
BUSYBOX: Final = "agentloupe/busybox:test"  # has timeout, pkill and ps
BARE: Final = "agentloupe/bare:test"  # has none of them
PYTHON: Final = "agentloupe/python:test"  # and GNU timeout
_BARE: Final = "sh cat head sleep mkdir echo".split()
_NOT_IN_IMAGE: Final = re.compile(
    r"/(__pycache__|test|tests|site-packages|idlelib|tkinter|turtledemo|ensurepip|config-[^/]*)(/|$)"
    r"|/(_test\w*|_tkinter)\.[^/]*so$"
)
_USERS: Final = "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"
_GROUPS: Final = "root:x:0:\nnogroup:x:65534:\n"


class Unavailable(Exception):
    """There can be no engine here; the text says why."""


def folder() -> Path:
    """Where it lives."""
    named = os.environ.get("AGENTLOUPE_CACHE")
    return (Path(named) if named else Path.home() / ".cache" / "agentloupe") / "docker"


class Engine:
    """The engine of one folder."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.root = base / "root"  # of the unpacked packages
        self.socket = base / "docker.sock"
        self.pidfile = base / "dockerd.pid"
        self._daemon: subprocess.Popen[bytes] | None = None  # if this process started it

    @property
    def address(self) -> str:
        return f"unix://{self.socket}"

    # -- up --------------------------------------------------------------------------------------
    def up(self) -> None:
        """Raises Unavailable, or RuntimeError when what should work does not."""
        why = unavailable()
        if why:
            raise Unavailable(why)
        self._fetch()
        if not self.answers():
            self._start()
        self._images()

    def _fetch(self) -> None:
        done = self.base / ".fetched"
        if done.exists():
            return
        packages = self.base / "packages"
        shutil.rmtree(packages, ignore_errors=True)
        packages.mkdir(parents=True)
        get = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *PACKAGES]
        if _run(get, packages).returncode:
            _run(["apt-get", "-q", "update"], packages)
            fetched = _run(get, packages)
            if fetched.returncode:
                raise RuntimeError(f"{' '.join(get)}\n{fetched.stdout[-2000:]}")
        for package in sorted(packages.glob("*.deb")):
            subprocess.run(["dpkg", "-x", package, self.root], check=True)
        init = self.root / "usr/bin/docker-init"
        if not init.exists():
            init.symlink_to("tini-static")
        done.touch()

    def _start(self) -> None:
        for each in (self.socket, self.pidfile):
            each.unlink(missing_ok=True)
        if not Path("/sys/fs/cgroup/cgroup.controllers").exists() and not any(
            Path("/sys/fs/cgroup").glob("memory*")
        ):
            subprocess.run(["mount", "-t", "cgroup2", "none", "/sys/fs/cgroup"], check=True)
        tools = [self.root / part for part in ("usr/sbin", "usr/bin", "sbin", "bin")]
        libraries = [str(path) for path in self.root.glob("**/lib/*-linux-gnu")]
        log = (self.base / "dockerd.log").open("wb")
        self._daemon = daemon = subprocess.Popen(
            [
                self.root / "usr/sbin/dockerd",
                *("--data-root", self.base / "data", "--exec-root", self.base / "exec"),
                *("--pidfile", self.pidfile, "--host", self.address, "--log-level", "warn"),
                *("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"),
                *("--ip-masq=false", "--userland-proxy=false", f"--group={os.getgid()}"),
            ],
            env={
                **os.environ,
                "PATH": os.pathsep.join([*map(str, tools), os.environ.get("PATH", "")]),
                "LD_LIBRARY_PATH": os.pathsep.join(libraries),
                # Nothing that anybody forgot can be pulled from anywhere.
                **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9"),
                "NO_PROXY": "",
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + 60
        while not self.answers():
            if daemon.poll() is not None or time.monotonic() > deadline:
                tail = (self.base / "dockerd.log").read_text("utf-8", "replace")[-3000:]
                raise RuntimeError(f"dockerd did not start:\n{tail}")
            time.sleep(0.1)

    def _images(self) -> None:
        busybox = self.root / "bin/busybox"
        applets = _run([str(busybox), "--list"], self.base).stdout.split()
        makers = {
            BUSYBOX: lambda tar: _skeleton(tar, busybox, applets),
            BARE: lambda tar: _skeleton(tar, busybox, _BARE),
            PYTHON: lambda tar: _python(tar, busybox, applets),
        }
        for name, make in makers.items():
            if self.request("GET", f"/images/{name}/json")[0] == 200:
                continue
            with tempfile.TemporaryFile(dir=self.base) as file:
                with tarfile.open(fileobj=file, mode="w") as tar:
                    make(tar)
                file.seek(0)
                repository, _, tag = name.partition(":")
                path = "/usr/local/bin:/bin" if name == PYTHON else "/bin"
                query = f"fromSrc=-&repo={repository}&tag={tag}&changes=ENV%20PATH%3D{path}"
                status, answer = self.request("POST", f"/images/create?{query}", file)
            if status != 200:
                raise RuntimeError(f"image {name}: {status} {answer!r}")

    # -- down ------------------------------------------------------------------------------------
    def down(self) -> None:
        """End the engine that this folder's pid file names, and no other."""
        if self.answers():
            for container in self.containers():
                self.request("DELETE", f"/containers/{container}?force=1&v=1")
        with contextlib.suppress(OSError, ValueError):
            pid = int(self.pidfile.read_text("ascii"))
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if str(self.pidfile).encode() in command:
                os.kill(pid, signal.SIGTERM)
                if self._daemon is not None:
                    self._daemon.wait(15)
                deadline = time.monotonic() + 15
                while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
                    time.sleep(0.05)
        mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        for mount in sorted(mounts, reverse=True):
            if mount.startswith(f"{self.base}/"):
                subprocess.run(["umount", "-l", mount], check=False)

    def purge(self) -> None:
        self.down()
        shutil.rmtree(self.base, ignore_errors=True)

    # -- asking it -------------------------------------------------------------------------------
    def answers(self) -> bool:
        try:
            return self.request("GET", "/_ping")[0] == 200
        except OSError:
            return False

    def containers(self) -> list[str]:
        """The ids of all there are, running or not."""
        return [each["Id"] for each in json.loads(self.request("GET", "/containers/json?all=1")[1])]

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        connection = _Connection(self.socket)
        headers = {"Content-Type": "application/x-tar"} if body is not None else {}
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("engine", timeout=120)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def unavailable() -> str:
    """Why there can be no engine on this machine; empty when there can."""
    if not sys.platform.startswith("linux"):
        return "the private Docker engine needs Linux"
    if os.geteuid() != 0:
        return "the private Docker engine needs root"
    missing = [tool for tool in ("apt-get", "dpkg") if shutil.which(tool) is None]
    return f"the private Docker engine needs {' and '.join(missing)}" if missing else ""


# -- images ----------------------------------------------------------------------------------------
def _skeleton(tar: tarfile.TarFile, busybox: Path, applets: list[str]) -> None:
    for name, mode in (("tmp", 0o1777), ("etc", 0o755), ("bin", 0o755), ("lib64", 0o755)):
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode = tarfile.DIRTYPE, mode
        tar.addfile(entry)
    tar.add(busybox, "bin/busybox")
    for applet in applets:
        if applet != "busybox":
            _link(tar, f"bin/{applet}", "busybox")
    for name, text in (("etc/passwd", _USERS), ("etc/group", _GROUPS)):
        entry = tarfile.TarInfo(name)
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text.encode()))


def _python(tar: tarfile.TarFile, busybox: Path, applets: list[str]) -> None:
    _skeleton(tar, busybox, applets)
    program = Path(sys.base_prefix, "bin", f"python{sysconfig.get_python_version()}").resolve()
    library = Path(sysconfig.get_path("stdlib"))
    tar.add(program, str(program).lstrip("/"))
    tar.add(
        library,
        str(library).lstrip("/"),
        filter=lambda entry: None if _NOT_IN_IMAGE.search(f"/{entry.name}") else entry,
    )
    for needed in sorted({*_needed(program, *library.glob("lib-dynload/*.so"))}):
        with contextlib.suppress(FileNotFoundError):
            _file(tar, needed, str(needed).lstrip("/"))
    timeout = shutil.which("timeout")
    if timeout:
        _file(tar, Path(timeout), "usr/local/bin/timeout")
    _link(tar, "usr/local/bin/python", str(program))
    _link(tar, "usr/local/bin/python3", "python")


def _needed(*programs: Path) -> Iterator[Path]:
    """The shared libraries that programs are loaded with."""
    for program in programs:
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
        for found in re.findall(r"(/[^\s:()]+)\s+\(0x", listed.stdout):
            yield Path(found)


def _file(tar: tarfile.TarFile, path: Path, name: str) -> None:
    """What a path leads to, link or not, as a file."""
    path = path.resolve()
    with path.open("rb") as content:
        tar.addfile(tar.gettarinfo(str(path), name), content)


def _link(tar: tarfile.TarFile, name: str, target: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    tar.addfile(entry)


def _run(command: list[str], where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=where,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def main(arguments: list[str]) -> int:
    engine = Engine(folder())
    if arguments == ["up"]:
        try:
            engine.up()
        except Unavailable as why:
            print(why, file=sys.stderr)
            return 77
        print(f"export DOCKER_HOST={engine.address}")
    elif arguments == ["down"]:
        engine.down()
    elif arguments == ["purge"]:
        engine.purge()
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
