"""The words that a result says about each of its entries, in one place."""

OK = "ok"
ROUNDING_ONLY = "rounding only"  # the error estimate holds no truncation
NOT_FINITE = "not finite"

# what bounds did to the formula or its step
ONE_SIDE_ONLY = "one side only"
SHRUNK = "shrunk at a bound"
FIXED = "fixed"

# of methods that look at what they find
CONVERGED = "converged"
NOT_CONVERGED = "not converged"  # max_nfev, or nothing that helps
LIMITED_BY_NOISE = "limited by noise"
KINK = "kink suspected"
LOST_IN_ROUNDING = "step lost in rounding"
