"""A night as a picture: sound in dB and light in its colour over time. Needs matplotlib.

`night` is what a chart shows, `axis` where a second of it stands, `labels` how names find
room, `colours` and `sheet` the paper and the pens, `panels` what is drawn and `picture` the whole.
matplotlib is loaded by the first call of `draw`, and by nothing else.
"""

from nidra_box.studio.chart.night import Event, Night, night_of_score
from nidra_box.studio.chart.picture import draw
from nidra_box.studio.chart.sheet import ChartsMissing

__all__ = ["ChartsMissing", "Event", "Night", "draw", "night_of_score"]
