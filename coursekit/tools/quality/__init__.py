"""The quality report: how good colorizers are on photos that they never saw.

    rows = metrics.measure({"vivid": colorizer.load("vivid")}, rgb)
    print(quality.table(rows))
    figure, alt = quality.sheet({"vivid": colorizer.load("vivid")}, "my photos", rgb, rows)

``coursekit quality`` does it for whole data sets, and for folders.
"""

from .report import sheet, table

__all__ = ["sheet", "table"]
