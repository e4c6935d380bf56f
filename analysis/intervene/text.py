"""What `python -m analysis intervene` prints: the experiments' tables in short. No torch."""

from collections.abc import Sequence

import pandas as pd

from analysis.statistics import SIGNIFICANCE


def block_text(table: pd.DataFrame) -> str:
    """The change in accuracy, a row a block and a column a kind.

    Args:
        table: of `by_block`.
    """
    rows = table.iloc[1:]
    shown = rows.assign(
        text=[
            f"{100 * change:+.1f}{'*' if p < SIGNIFICANCE else ' '}"
            for change, p in zip(rows["change"], rows["p"], strict=True)
        ]
    )
    order, kinds = rows["label"].drop_duplicates(), rows["kind"].drop_duplicates()
    wide = shown.pivot_table(index="label", columns="kind", values="text", aggfunc="first")
    wide = wide.loc[order, kinds].rename_axis(index=None, columns=None)
    return "\n".join(
        [
            _unmodified(table),
            "change in accuracy in points, with the gates of one block changed, and of all; "
            "* where p < 0.05 (McNemar's exact test, corrected over the table)",
            "",
            _plain(wide.reset_index(names="block")),
        ]
    )


def pruning_text(table: pd.DataFrame) -> str:
    """Accuracies, a row a share of pruned channels and a column an order, a table a fill.

    Args:
        table: of `pruning`.
    """
    rows = table.iloc[1:]
    fills: Sequence[str] = rows["fill"].drop_duplicates().tolist()
    parts = [_pruned(rows[rows["fill"] == fill], fill) for fill in fills]
    return "\n\n".join([_unmodified(table), *parts])


def _pruned(rows: pd.DataFrame, fill: str) -> str:
    end, curves = rows[rows["rank"] == "every"], rows[rows["rank"] != "every"]
    columns = {}
    for rank, own in curves.groupby("rank", sort=False):
        shares = own.groupby("share")["accuracy"]
        if rank == "random":
            spread = shares.agg(["mean", "min", "max"])
            columns["random (lowest to highest)"] = [
                f"{100 * mean:.1f} ({100 * low:.1f} to {100 * high:.1f})"
                for mean, low, high in spread.itertuples(index=False)
            ]
        else:
            columns[f"least {rank}"] = [f"{100 * value:.1f}" for value in shares.first()]
    places = sorted(curves["share"].unique())
    shown = pd.DataFrame({"pruned": [f"{100 * share:.0f} %" for share in places], **columns})
    last = 100 * end["accuracy"].iloc[0]
    heading = f"accuracy in % with pruned gates set to {'0' if fill == 'zero' else 'their mean'}"
    return "\n".join([heading, "", _plain(shown), f"100 %: {last:.1f} in every order"])


def _unmodified(table: pd.DataFrame) -> str:
    first = table.iloc[0]
    low, high = 100 * first["accuracy_low"], 100 * first["accuracy_high"]
    return (
        f"{first['n']:,} images, accuracy of the unmodified network "
        f"{100 * first['accuracy']:.2f} % (95 % interval {low:.2f} to {high:.2f})"
    )


def _plain(table: pd.DataFrame) -> str:
    return table.to_string(index=False)
