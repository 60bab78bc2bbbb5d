"""The quality report: how good colorizers are on photos that they never saw, beside answers that need no network.

    rows = quality.measure({"vivid": colorizer.load("vivid")}, rgb)
    print(quality.table(rows))
    quality.sheet({"vivid": colorizer.load("vivid")}, rgb, rows)

``coursekit quality`` does it for whole data sets, and for folders.
"""

from coursekit.metrics.summary import measure

from .report import sheet, table

__all__ = ["measure", "sheet", "table"]
