import numpy as np

from analysis import statistics
from analysis.figures import channel_ranking, class_style
from analysis.figures.palette import INK

GATE = "layer2.0.se"


def test_bars_are_the_largest_effects_from_most_opened_to_most_shut(store):
    table = statistics.channel_ranking(store, GATE, 3)
    figure = channel_ranking(table, "Dress", limit=12)
    top = table.head(12)
    channels = figure.layout.yaxis.ticktext
    assert set(channels) == set(top["channel"].astype(str))
    by_channel = top.set_index("channel")
    places = []
    for bar in figure.data:
        for x, y, (channel, mean, rest, effect, p) in zip(
            bar.x, bar.y, bar.customdata, strict=True
        ):
            row = by_channel.loc[int(channel)]
            assert channels[y] == str(int(channel))
            assert (x, mean, rest, effect, p) == (
                row["effect"],
                row["mean"],
                row["rest"],
                row["effect"],
                row["p"],
            )
            places.append((y, x))
    effects = [x for _, x in sorted(places)]
    assert effects == sorted(effects, reverse=True)
    assert figure.layout.yaxis.autorange == "reversed"


def test_colours_tell_opened_shut_and_undecided(store):
    table = statistics.channel_ranking(store, GATE, 3)
    table.loc[2, "p"] = 0.3
    bars = {bar.name: bar for bar in channel_ranking(table, "<i>", limit=12).data}
    assert set(bars) == {"opened", "shut", "undecided"}
    assert (np.array(bars["opened"].x) > 0).all()
    assert (np.array(bars["shut"].x) < 0).all()
    assert len(bars["undecided"].x) == 1
    assert bars["undecided"].marker.color == INK["light"].zero
    assert bars["opened"].marker.color == class_style(1).color
    assert bars["shut"].meta[0] == "&lt;i&gt;"


def test_an_infinite_effect_still_fits(store):
    table = statistics.channel_ranking(store, GATE, 3)
    table.loc[0, "effect"] = -np.inf
    bars = np.concatenate([bar.x for bar in channel_ranking(table, "Dress").data])
    finite = table["effect"][1:20].abs().max()
    assert np.isfinite(bars).all()
    assert bars.min() == -1.15 * finite
