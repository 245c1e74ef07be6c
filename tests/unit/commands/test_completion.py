"""`embedgate completion`: the scripts, in real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embedgate.cli import COMMANDS, main
from embedgate.commands.completion import SHELLS

BASH = """
source "$1"
shift
eval "$(complete -p embedgate | sed -E 's/.*-F ([^ ]+) .*/completer=\\1/')"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
"$completer" embedgate "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


@pytest.fixture
def script(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["completion", shell]) == 0
    path = tmp_path / f"embedgate.{shell}"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


def completed(shell: str, script: Path, *words: str) -> set[str]:
    """Return what a shell suggests for the last word of a command line."""
    if shell == "bash":
        command = ["bash", "--norc", "-c", BASH, "bash", str(script), "embedgate", *words]
    else:
        command = ["fish", "--no-config", "-c", f'source {script}; complete -C "embedgate {" ".join(words)}"']
    environment = {**os.environ, "HOME": str(script.parent), "XDG_CONFIG_HOME": str(script.parent)}
    done = subprocess.run(
        command, cwd=script.parent, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    return {line.split("\t")[0] for line in done.stdout.splitlines()}


def test_shell_accepts_the_script(shell: str, script: Path) -> None:
    done = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
    text = script.read_text(encoding="utf-8")
    assert [name for name in (*COMMANDS, "champion.misplaced") if name not in text] == []


def test_commands_options_files_and_ids_are_completed(shell: str, script: Path) -> None:
    if shell == "zsh":
        pytest.skip("zsh completes in a terminal only")
    (script.parent / "here.json").touch()

    assert completed(shell, script, "") >= set(COMMANDS)
    assert completed(shell, script, "ver") == {"verdict"}
    assert completed(shell, script, "verdict", "--m") == {"--markdown", "--max-age"}
    assert completed(shell, script, "verdict", "he") == {"here.json"}
    assert completed(shell, script, "history", "--check", "duplicates.re") == {"duplicates.recall"}
    assert completed(shell, script, "completion", "z") == {"zsh"}


def test_unknown_shell_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["completion", "csh"])

    assert ended.value.code == 2
    assert "bash" in capsys.readouterr().err


def test_shtab_is_imported_by_this_command_only() -> None:
    code = "import sys; from embedgate.cli import main; main(['checks']); print('shtab' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "False"
