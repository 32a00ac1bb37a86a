"""The words of the first night, in real time, as the card got them."""

import numpy as np

from tests.rig import reference
from tests.rig.bedside import SLOW, Bedside

VOLUME_DB = -20.0
MINUTES = 26
FADED_IN_S = 20  # from silence to the volume at no more than 6 dB a second, and some bed


def test_the_first_twenty_six_minutes_are_what_is_rendered_offline(box, tmp_path):
    bedside = Bedside(box("minutes"))
    bedside.configure(SLOW + "programmes: [lower-back-night]\n")
    bedside.sh("sleep 2")
    began = bedside.mark()
    bedside.press()
    bedside.sh(f"sleep {MINUTES * 60 + 5}", timeout=MINUTES * 60 + 60)
    status = bedside.status()
    bedside.hold()
    bedside.sh("sleep 12")

    heard = bedside.heard(began)
    left = heard.sound[:, 0]
    rendered = reference.render("lower-back-night", f"{MINUTES}:00", tmp_path)
    found = reference.compare(left, rendered, VOLUME_DB, FADED_IN_S, MINUTES * 60 - 1)
    errors = np.abs(found.level_error_db)
    print(
        f"{len(errors)} s beside the offline render: level within {errors.max():.3f} dB, "
        f"slips {found.slips}, difference at most {found.worst_residue_db:.1f} dB of the sound"
    )
    assert status["phase"] == "playing"
    assert found.slips == []
    assert errors.max() <= 0.5
    assert bedside.restarts() == 0
    # After the hold: a second and a half of fade, what the card had, and nothing.
    assert not heard.sound[-8 * heard.rate :].any()
    assert not bedside.is_lit()
