"""Code in AutoGen's own Docker executor:  python autogens.py IMAGE stopped | killed | limited"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile

from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock
from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor

EATS = "import time\nx = b'x' * (150 << 20)\ntime.sleep(0.3)\nprint('went on')"
LEAVES = "sleep 100 >/dev/null 2>&1 &\necho started"
SLOW = "trap '' TERM\nfor i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do sleep 0.5; done"


async def main(image: str, end: str) -> None:
    with tempfile.TemporaryDirectory() as work:
        async with DockerCommandLineCodeExecutor(image, timeout=3, work_dir=work) as executor:
            if end == "limited":  # from outside; it has no option for that
                container = executor._container  # pyright: ignore[reportPrivateUsage]
                assert container is not None
                container.update(mem_limit="64m", memswap_limit="64m")
                container.reload()
            blocks = ((EATS, "python"), (LEAVES, "sh"), (SLOW, "sh"))
            for code, language in blocks[:1] if end == "limited" else blocks:
                if end == "killed" and code == SLOW:
                    os.kill(os.getpid(), signal.SIGKILL)
                block = CodeBlock(code, language)
                result = await executor.execute_code_blocks([block], CancellationToken())
                print(result.output)


asyncio.run(main(*sys.argv[1:]))
