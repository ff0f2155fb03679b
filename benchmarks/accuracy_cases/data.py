"""Made-up observations for the likelihoods and fits."""

FIRST = tuple(0.1 * ((7 * i) % 24) - 1.2 for i in range(24))
SECOND = tuple(0.1 * ((11 * i + 5) % 24) - 1.1 for i in range(24))
YES = tuple((5 * i) % 7 < 3 for i in range(24))
HEIGHTS = (168.2, 181.4, 175.0, 159.8, 190.3, 172.6, 177.7, 169.1, 183.9, 174.2, 162.5, 205.0)
YEARS = tuple(range(2001, 2019))
COUNTS = (3, 5, 4, 6, 9, 4, 7, 8, 6, 10, 9, 7, 12, 9, 11, 14, 10, 13)
TIMES = tuple(0.2 * i for i in range(20))
SUBSTRATE = (5e-6, 1e-5, 2e-5, 4e-5, 8e-5, 1.6e-4, 3.2e-4)
