"""The words of the first night, minute for minute of a steady guest, as the card got them."""

from tests.rig import reference
from tests.rig.bedside import Bedside

MINUTES = 26


def test_the_first_twenty_six_minutes_are_what_is_rendered_offline(box, tmp_path):
    bedside = Bedside(box("minutes", steady=True))
    bedside.configure("programmes: [lower-back-night]\n")
    bedside.open_the_card()
    bedside.sh("sleep 2")
    began = bedside.mark()
    bedside.press()
    bedside.sh(f"sleep {MINUTES * 60 + 5}", timeout=MINUTES * 60 + 60)
    status = bedside.status()
    bedside.hold()
    bedside.sh("sleep 12")

    heard = bedside.heard(began)
    assert status["phase"] == "playing"
    reference.is_as_rendered(bedside, heard.sound, MINUTES, tmp_path)
    # After the hold: a second and a half of fade, what the card had, and nothing.
    assert not heard.sound[-8 * heard.rate :].any()
    assert not bedside.is_lit()
