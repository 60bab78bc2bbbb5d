"""However a photo is damaged, it is read or named; nothing else happens, and nothing grows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is asked of POSIX")
def test_two_thousand_damaged_photos_are_read_and_coloured_or_named():
    script = Path(__file__).with_name("fuzzing.py")
    # The time is a guard against a hang: it takes some four seconds.
    answer = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=240
    )
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout.splitlines()[-1])
    assert found["wrong"] == []
    read, refused = sum(found["read"].values()), sum(found["refused"].values())
    assert read + refused == 2000 and len(found["refused"]) >= 12
    # Neither all refused nor all read: the damage reaches headers, and leaves photos.
    assert read > 300 and refused > 300
    assert (found["coloured"], found["broken"]) == (read, refused)
    assert found["megabytes"] < 1000 and found["seconds"] < 60, found
