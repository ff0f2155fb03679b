"""What `accuracy.py` judges by: functions, points, and derivatives known to 50 digits."""

from . import cancellation, edges, multivariate, offsets, oscillating, peaks, smooth, units
from .case import ArrayCase, Case, pairs

_TABLES = {
    "smooth": smooth.TABLE,
    "oscillating": oscillating.TABLE,
    "edges": edges.TABLE,
    "peaks": peaks.TABLE,
    "units": units.TABLE,
    "cancellation": cancellation.TABLE,
    "offsets": offsets.TABLE,
}

CASES: list[Case] = [case for category, table in _TABLES.items() for case in pairs(category, table)]
ARRAY_CASES: list[ArrayCase] = [ArrayCase(*row) for row in multivariate.TABLE]
CATEGORIES: tuple[str, ...] = (*_TABLES, "multivariate")

__all__ = ["ARRAY_CASES", "CASES", "CATEGORIES", "ArrayCase", "Case"]
