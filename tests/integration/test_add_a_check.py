"""The diff in CONTRIBUTING.md adds a check."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import SampleFiles

ROOT = Path(__file__).resolve().parents[2]
MEASURE = '''

def intrinsic_dimension(model: ModelUnderTest) -> Measurement:
    """Return a constant."""
    return Measurement(value=7.0, n=len(model.tracks), summary="the intrinsic dimension is 7")
'''


def test_documented_diff_adds_a_check_to_verdict_and_report(tmp_path: Path, sound: SampleFiles) -> None:
    for name in ("src", "quality_checks", "fixtures", "conftest.py", "pytest.ini"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    with (tmp_path / "src/embedgate/measures/geometry.py").open("a", encoding="utf-8") as file:
        file.write(MEASURE)
    (diff,) = re.findall(
        r"^```diff\n(.*?)^```$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )

    subprocess.run(["git", "apply"], input=diff, text=True, cwd=tmp_path, check=True)
    code = "import sys; sys.path.insert(0, 'src'); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    subprocess.run(
        [sys.executable, "-c", code, "quality_checks", "-k", "geometry", *sound.arguments], cwd=tmp_path, check=False
    )

    verdict = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))
    (check,) = [check for check in verdict["checks"] if check["id"] == "geometry.intrinsic_dimension"]
    assert (check["outcome"], check["value"]) == ("no_baseline", 7)
    assert "geometry.intrinsic_dimension" in (tmp_path / "report.html").read_text(encoding="utf-8")
