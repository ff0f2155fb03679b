"""The same cases, led by which lines of Python they reach: ``guided.py -max_total_time=600``."""

import sys

import atheris

with atheris.instrument_imports(include=["centraldiff"]):
    import judge
from cases import draw


def any_case(data):
    numbers = atheris.FuzzedDataProvider(data)
    case = draw(lambda items: items[numbers.ConsumeIntInRange(0, len(items) - 1)])
    try:
        judge.judge(case)
    except judge.VoidError:
        pass
    except BaseException as error:
        raise AssertionError(case) from error


if __name__ == "__main__":
    sys.unraisablehook = lambda unraisable: None  # what fun raises inside a C function
    atheris.Setup(sys.argv, any_case)
    atheris.Fuzz()
