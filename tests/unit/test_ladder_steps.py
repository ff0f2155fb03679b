"""What a search of steps for second derivatives makes of two rungs, by hand."""

import numpy as np
import pytest

from centraldiff._ladder import Rung
from centraldiff._ladder_steps import Mixed


def test_truncation_of_a_mixed_derivative_is_that_of_a_first_one_over_a_length():
    """f' is off by 0.001 = h^2 f'''/6: f''' is 0.6, and f', 2.4, becomes it over a length of 2."""
    mixed = Mixed(2, 2, None, constant=1 / 6)
    quiet = np.zeros(2)
    rung = Rung(0.1, np.array([0.6, 2.4]), quiet)
    upper = Rung(0.2, np.array([0.6, 2.4 + 0.001 * mixed.gain]), quiet)
    assert mixed.truncation(rung, upper) == pytest.approx([0.001 / 2, 0.001])
