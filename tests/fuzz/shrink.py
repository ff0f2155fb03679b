"""The same cases by hypothesis, which makes what it finds small: ``shrink.py 2000``."""

import sys

import judge
from cases import draw
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

settings.register_profile(
    "fuzz",
    max_examples=int(sys.argv[1]) if len(sys.argv) > 1 else 1000,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
settings.load_profile("fuzz")


@given(st.data())
def any_case(data):
    case = draw(lambda items: data.draw(st.sampled_from(items)))
    try:
        judge.judge(case)
    except judge.VoidError:
        assume(False)
    except BaseException as error:
        raise AssertionError(case) from error


if __name__ == "__main__":
    sys.unraisablehook = lambda unraisable: None  # what fun raises inside a C function
    any_case()
    print(f"{settings().max_examples} cases by hypothesis, nothing found")
