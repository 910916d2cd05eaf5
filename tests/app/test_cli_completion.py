"""What a shell completes once it has read our script."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["billwright", "do"], ["doctor"]),
        (["billwright", "jobs", "re"], ["replay"]),
        (["billwright", "jobs", "list", "--state", "de"], ["dead"]),
        (["billwright", "practice", "zz"], []),
    ],
)
def test_bash_completes_commands_and_what_an_option_takes(words: list[str], completed: list[str]) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash here")
    said = (
        f'eval "$(billwright completion bash)"; COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1};'
        ' _billwright_completion billwright; echo "${COMPREPLY[@]}"'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [bash, "-c", said], env={"PATH": path}, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == completed
