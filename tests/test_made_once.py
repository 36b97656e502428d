"""What several processes of a session share is made by one of them, whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from made_once import made_once

MAKER = """
import sys, time
from pathlib import Path
from made_once import made_once

def make(folder):
    with open(sys.argv[2], "a") as told:
        told.write("made ")
    time.sleep(0.3)
    (folder / "whole").touch()

assert (made_once(Path(sys.argv[1]), make) / "whole").exists()
"""


def test_of_several_processes_one_makes_it_and_the_others_wait(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKER, str(tmp_path / "world"), str(tmp_path / "told")]
    askers = [subprocess.Popen(command, cwd=Path(__file__).parent) for _ in range(3)]
    assert [asker.wait() for asker in askers] == [0, 0, 0]
    assert (tmp_path / "told").read_text() == "made "


def test_what_failed_half_way_is_made_anew_by_the_next(tmp_path: Path) -> None:
    def half(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        made_once(tmp_path / "world", half)
    assert [path.name for path in made_once(tmp_path / "world", lambda folder: (folder / "whole").touch()).iterdir()] == [
        "whole"
    ]
