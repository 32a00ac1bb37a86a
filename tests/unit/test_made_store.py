"""What the tests of recordings stand on: a store that is made by hand."""

import numpy as np
import pytest
import soundfile

from nidra_box.library.record import read_index, read_record
from nidra_box.units import RATE_HZ
from tests.support.store import level_400ms, noise, put_recording, with_bell


def test_a_recording_made_by_hand_is_one_that_can_be_read(tmp_path):
    sound = with_bell(noise(20.0, -40.0), at_s=12.0)
    record = put_recording(
        tmp_path,
        sound,
        "sea.wav",
        softening_s=(11.8, 11.9, 14.0, 20.0),
        softening_db=(0.0, -36.0, -36.0, 0.0),
    )
    assert read_record(tmp_path / record.id) == record
    assert [entry.name for entry in read_index(tmp_path)] == ["sea.wav"]
    assert soundfile.info(str(tmp_path / record.id / "sound.flac")).frames == 20 * RATE_HZ
    levels = np.load(tmp_path / record.id / "levels.npy")
    assert (levels.shape, levels.dtype) == ((200, 3), np.float32)
    assert level_400ms(levels)[:110] == pytest.approx(-40.0, abs=0.3)
    assert record.levels_db[5] == pytest.approx(-40.0, abs=0.3)
    assert record.levels_db[12] == pytest.approx(-6.0, abs=1.5)
    assert record.true_peak_db < -20.0, "the bell is softened"
    assert record.lufs + record.gain_db == pytest.approx(-24.0, abs=0.01)
