"""A fuzz case is a dict of short Python expressions: `draw` makes it, `judge` runs it.

`pick` is all that a driver provides: it takes one item of a sequence, ordinary ones come first.
"""

from __future__ import annotations

import fractions
import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import callbacks
import numpy as np
import scipy.optimize
import scipy.sparse as sp
from callbacks import HARMFUL, HARMLESS, MEDDLING, ROUGH, SMOOTH

import centraldiff as cd

Pick = Callable[[Sequence[Any]], Any]
Case = dict[str, Any]

FUNCTIONS = {
    name: getattr(cd, name)
    for name in (
        "gradient", "jacobian", "hessian", "derivative", "directional_derivative",
        "hessian_vector_product", "hessian_diagonal", "value_and_gradient",
        "value_gradient_hessian", "estimate_noise", "sparsity_pattern", "Gradient", "Jacobian",
        "Hessian", "gradient_plan", "hessian_plan", "color_columns", "color_symmetric", "stencil",
    )
}  # fmt: skip
TAKES = {name: tuple(inspect.signature(f).parameters) for name, f in FUNCTIONS.items()}
ALONE = ("color_columns", "color_symmetric", "stencil")  # no fun, no x
OF_ARRAYS = ("jacobian", "Jacobian", "directional_derivative", "estimate_noise", "sparsity_pattern")

OF_FIRST = ("gradient", "Gradient", "value_and_gradient", "gradient_plan", *OF_ARRAYS)

SHAPES = ((2,), (3,), (), (1,), (2, 2), (0,), (1, 0, 2), (5,), (3, 1))
ORDINARY = ("1.0", "0.5", "-2.0", "0.3", "3.0", "-0.7")
SPECIAL = (
    "0.0", "-0.0", "1e-9", "1e8", "1e-300", "5e-324", "1e154", "1e300", "1.7976931348623157e308",
    "inf", "-inf", "nan", "2.0**53", "-1e30",
)  # fmt: skip
DTYPES = ("float64",) * 6 + (
    "float32", "longdouble", "float16", "int64", "uint8", "bool", ">f8", "complex128", "object",
    "U5", "M8[s]",
)  # fmt: skip
LAYOUTS = (
    "contiguous", "contiguous", "contiguous", "list", "strided", "reversed", "fortran", "read-only",
    "tuple", "unaligned", "child", "masked", "matrix", "broadcast",
)  # fmt: skip
RUBBISH = (
    "None", "'text'", "b'bytes'", "-1", "0", "1", "2", "2.5", "inf", "nan", "-inf", "10**30",
    "-10**400", "1j", "True", "np.True_", "[]", "()", "{}", "[1]", "[1, 2, 3]", "[[1], [2, 3]]",
    "np.array(1)", "np.zeros(0)", "np.zeros((2, 2))", "np.zeros((1,) * 40)", "np.ones(3, 'f2')",
    "np.array(['a', 'b'])", "np.array([None, 1])", "np.array([{}])", "object()", "lambda: 0",
    "Fraction(1, 3)", "np.datetime64('2020')", "np.ma.masked", "np.ma.array([1, 2], mask=[0, 1])",
    "1e-400", "5e-324", "range(3)", "set()", "float", "(None, None)", "(1, 0)", "('a', 'b')",
    "(nan, 1)", "np.longdouble(3)", "2**31", "2**63", "2**64", "Hostile()", "Hostile(-1)",
    "Hostile('text')", "Hostile(nan)", "Hostile([])", "[Hostile()]", "Text('central')", "'\\ud800'",
    "np.zeros(2, [('a', 'f8')])", "np.arange(2.0).view(Child)", "memoryview(b'abcdefgh')",
    "sp.eye_array(2)", "np.broadcast_to(1.0, (2,))", "iter([1, 2])", "X", "cd", "slice(None)",
    "np.float32(1e-30)", "np.array([1e300, -1e300])", "np.array([nan, 1.0])", "np.array(1.0)",
)  # fmt: skip
BROKEN = (
    "broken('indices', 99)", "broken('indices', -1)", "broken('indices', 2**31 - 1)",
    "broken('indptr', 99)", "broken('indptr', -1)", "broken('indptr', 2**31 - 1)",
    "broken('indices', None)", "broken('indptr', None)", "np.ones((N + 1, N))",
    "np.ones((M, N, 1))", "np.full((M, N), nan)", "np.full((M, N), 'a')", "np.full((M, N), None)",
    "[[1], [1, 1]]",
    "sp.eye_array(M, N) * 1j", "sp.csr_array((M, 0))", "sp.csr_array((0, N))",
)  # fmt: skip
PATTERNS = (
    "np.ones((M, N))", "np.ones((M, N), bool)", "'detect'", "np.eye(M, N)",
    "np.tri(M, N).tolist()", "sp.csr_array(np.ones((M, N)))", "sp.csc_matrix(np.tri(M, N))",
    "sp.coo_array(([1, 1, 0], ([0, 0, M - 1], [0, 0, N - 1])), shape=(M, N))",
    "sp.random_array((M, N), density=0.4, rng=7)", "sp.random_array((M, N), density=0.4, rng=8)",
    "sp.dia_array(np.eye(M, N))", "sp.lil_array(np.eye(M, N))", "sp.dok_array(np.ones((M, N)))",
    "sp.bsr_array(np.ones((M, N)))", "sp.csr_array((M, N))", "unsorted(M, N)", "-np.eye(M, N)",
    "np.asfortranarray(np.ones((M, N)))", "np.ones((2 * M, 2 * N))[::2, ::-2]",
)  # fmt: skip
STEPS = ("1e-3", "0.1", "like(1e-3)", "1e-6", "like(0.5)", "1e300", "1e-17", "2.0")
OPTIONS = {
    "method": ("'adaptive'", "'central'", "'forward'", "'backward'", "'complex'"),
    "order": ("None", "1", "2", "3", "4", "6", "8"),
    "rel_step": STEPS,
    "abs_step": STEPS,
    "typical_x": ("1.0", "1e-3", "like(2.0)", "1e300", "1e-300"),
    "step_rule": ("'sas'", "'dennis-schnabel'", "'fdint'"),
    "bounds": (
        "(below(0.1), above(0.1))", "(below(0), above(1))", "(below(1), above(0))", "(-inf, inf)",
        "(below(inf), above(0))", "(None, above(0))", "(below(1e-9), None)", "(below(0), above(0))",
        "(below(1e-300), above(0))",
        "Bounds(below(0), above(2))", "(below(1), above(-0.5))", "(below(-inf), above(inf))",
        "(below(1e-15), above(1e-15))", "[below(0), inf]",
    ),
    "noise": ("'estimate'", "1e-8", "1e-12", "1e-3", "1e10", "5e-324"),
    "rtol": ("1e-6", "0.1", "1e-12", "1.0"),
    "atol": ("1e-6", "0.1", "5e-324", "1e300"),
    "max_nfev": ("100", "400", "30", "2**40"),
    "x_as": ("'list'", "'arguments'", "'array'"),
    "vectorized": ("True", "False"),
    "batch_size": ("1", "2", "7", "100", "2**40"),
    "workers": ("1", "2", "3"),
    "value_shape": ("()", "M", "(M,)", "X.shape", "(3,)"),
    "sparsity": PATTERNS,
    "verify_sparsity": ("False", "True"),
    "sum_of_terms": ("True", "False"),
    "least_squares": ("True", "False"),
    "args": ("(1, 2)", "[3]", "()"),
    "kwargs": ("{'k': 1}", "{}", "None"),
    "full_output": ("True", "False"),
    "from_gradients": ("True", "False"),
    "of": ("'hessian'", "'jacobian'"),
    "n": ("1", "2", "3", "10"),
    "order of colours": (
        "None", "'natural'", "'largest_first'", "'smallest_last'", "'incidence_degree'"
    ),
    "recovery": ("'direct'", "'substitution'"),
}  # fmt: skip
# one in so many cases has the option
RARE = {"method": 2, "full_output": 2, "order": 4, "workers": 12, "n": 2, "bounds": 5}
RAISED = (
    "Mine('at home')", "ArithmeticError()", "ValueError('math domain error')", "StopIteration(1)",
    "KeyboardInterrupt()", "SystemExit(3)", "GeneratorExit()", "MemoryError()", "WithoutNotes()",
    "RecursionError()", "TypeError()", "cd.FunctionValueError('mine')", "ZeroDivisionError()",
    "cd.NotFiniteWarning()", "BaseException()", "IndexError()", "ExceptionGroup('g', [Mine()])",
)  # fmt: skip
OUTS = (
    "np.empty(S)", "np.empty(S)", "np.empty(S, 'f4')", "np.empty(S)[::-1]", "np.empty(3)",
    "locked(S)", "np.empty(S, object)", "X", "np.asfortranarray(np.empty(S))",
)  # fmt: skip


def draw(pick: Pick) -> Case:
    """Any case. Mostly one thing is odd, or none: the first refusal hides what comes after it."""

    def one_in(count: int) -> bool:
        return bool(pick((False,) * (count - 1) + (True,)))

    name = pick(tuple(FUNCTIONS))
    takes = TAKES[name]
    case: Case = {"operator": name, "options": {}}
    odd = pick(("none", "none", "option", "value", "x", "fun", "v", "none", "pattern"))
    if name in ALONE:
        return draw_alone(pick, case)
    shape = pick(SHAPES)
    special = one_in(8)
    values = [pick(SPECIAL if special and one_in(2) else ORDINARY) for _ in range(math.prod(shape))]
    numbers = f"[{', '.join(values)}]"
    dtype, layout = (pick(DTYPES), pick(LAYOUTS)) if one_in(3) else ("float64", "contiguous")
    case["x"] = f"point({numbers}, {shape}, {dtype!r}, {layout!r})"
    if odd == "x":
        case["x"] = pick(RUBBISH)
    for option in takes[1:]:
        if option in OPTIONS and one_in(RARE.get(option, 8)):
            case["options"][option] = pick(OPTIONS[option])
    if not one_in(20):
        make_legal(case, pick)
    if odd == "option":
        case["options"][pick([t for t in takes[1:] if t != "x"])] = pick(RUBBISH)
    if odd == "pattern" and "sparsity" in takes:
        case["options"]["sparsity"] = pick(PATTERNS + BROKEN)
    if "v" in takes and "v" not in case["options"]:
        case["options"]["v"] = pick(("like(1.0)", "like(-0.5)", "X", "like(0.0)", "like(1e300)"))
        if odd == "v":
            case["options"]["v"] = pick(RUBBISH)
    of_gradient = "grad" in takes and one_in(3)
    case["argument"] = "grad" if of_gradient else "fun"
    returns = "gradient" if of_gradient or (name in OF_ARRAYS and one_in(2)) else "number"
    if {"sum_of_terms", "least_squares"} & set(case["options"]) or one_in(20):
        returns = pick(("gradient", "vector", "list", "number"))
    case["core"] = pick(tuple(SMOOTH)) if not one_in(4) else pick(tuple(ROUGH))
    case["returns"] = returns
    case["behaves"] = pick(HARMLESS) if one_in(2) else "plain"
    if odd == "value":
        case["behaves"] = pick(HARMFUL + HARMFUL + MEDDLING)
    case["at"] = pick((1, 2, 3, 4, 6, 9, 15, 30))
    case["payload"] = pick(RAISED) if case["behaves"] == "raises" else pick(RUBBISH)
    case["in"] = pick(("number", "data", "array")) if one_in(25) else "Python"
    if odd == "fun":
        case["in"] = pick(RUBBISH)
    if ("grad" not in takes and name[0] == "J") or name[0] in "GH":
        case["out"] = pick(OUTS) if one_in(3) else "None"
        case["again"] = pick((case["x"], "X", "X[:1]", "X.astype('f4')", "X[None]", "-X", "1.0"))
    if name.endswith("plan"):
        case["returns"] = pick(("number", "gradient"))
        case["values"] = pick(("right", "right", "nan", "short", "long", pick(RUBBISH)))
        case["range"] = (pick(RUBBISH), pick(("None", "1", "2", *RUBBISH)))
    case["warnings"] = pick(("ignore", "error"))
    return case


def make_legal(case: Case, pick: Pick) -> None:
    """Options that mean something together."""
    options, takes = case["options"], TAKES[case["operator"]]
    method = options.get("method", "'central'")
    orders = {"'central'": "2468", "'forward'": "1234", "'backward'": "1234"}
    dropped = {"'adaptive'": "order rel_step abs_step step_rule", "'complex'": "order noise"}
    drop = set(dropped.get(method, "").split())
    if method != "'adaptive'":
        drop |= {"rtol", "atol", "max_nfev"}
    if "order" in options and method in orders:
        options["order"] = pick(orders[method])
    if "abs_step" in options:
        drop |= {"rel_step", "typical_x", "step_rule"}
    if "rel_step" in options or "'fdint'" in options.values():
        drop |= {"step_rule", "order", "typical_x"}
    if options.get("vectorized") != "True":
        drop.add("batch_size")
    elif "x_as" in options:
        options["x_as"] = "'array'"
    drop.add("value_shape")
    if "sum_of_terms" in takes:
        drop.add(pick(("least_squares", "sum_of_terms")))
        if not {"sum_of_terms", "least_squares"} - drop & set(options):
            drop.add("sparsity")
    elif "sparsity" in options:
        drop.add("workers")
    if "sum_of_terms" in options:
        options.setdefault("sparsity", pick(PATTERNS))
    if options.get("method") == "'complex'" and case["operator"] not in OF_FIRST:
        drop.add("method")
    for option in drop:
        options.pop(option, None)


def draw_alone(pick: Pick, case: Case) -> Case:
    if case["operator"] == "stencil":
        offsets = (*"012345", "-1", "-2", "-3", "0.5", "Fraction(1, 3)", "1e300", "1e-300", "-0.0")
        count = pick(range(7))
        case["x"] = f"[{', '.join(pick(offsets) for _ in range(count))}]"
        if not pick(range(5)):
            case["x"] = pick(RUBBISH)
        case["options"]["n"] = pick(("1", "2", "3", "0", pick(RUBBISH)))
        return case
    square = case["operator"] == "color_symmetric"
    case["x"] = pick(PATTERNS + PATTERNS + BROKEN + RUBBISH)
    case["size"] = (pick(range(7)), pick(range(7)))
    if square:
        case["size"] = case["size"][:1] * 2
        case["options"]["recovery"] = pick((*OPTIONS["recovery"], pick(RUBBISH)))
    case["options"]["order"] = pick((*OPTIONS["order of colours"], pick(RUBBISH)))
    return case


def point(values: list[float], shape: tuple[int, ...], dtype: str, layout: str) -> Any:
    """These numbers, as whoever calls may have them."""
    with np.errstate(all="ignore"):
        if dtype == "M8[s]" or dtype == "uint8" or dtype == "int64":
            values = [int(v) if math.isfinite(v) and abs(v) < 100 else 1 for v in values]
            values = [abs(v) for v in values]
        array = np.array(values).astype(dtype).reshape(shape)
    match layout:
        case "list" | "tuple":
            listed = array.tolist()
            return tuple(listed) if layout == "tuple" and shape else listed
        case "strided":
            return np.repeat(array, 2, axis=-1)[..., ::2] if shape else array
        case "reversed":
            return array[::-1] if shape else array
        case "fortran":
            return np.asfortranarray(array)
        case "read-only":
            array.flags.writeable = False
        case "unaligned" if array.dtype != object:
            room = np.zeros(array.nbytes + 1, np.uint8)[1:]
            room = room[: array.nbytes].view(array.dtype).reshape(shape)
            room[...] = array
            return room
        case "child":
            return array.view(callbacks.Child)
        case "masked":
            return np.ma.array(array, mask=array == array.ravel()[:1].sum() if array.size else 0)
        case "matrix" if array.ndim == 2:
            return np.asmatrix(array)
        case "broadcast" if array.ndim and array.size:
            return np.broadcast_to(array.ravel()[:1].reshape((1,) * array.ndim), shape)
    return array


def namespace(x: Any, size: tuple[int, int]) -> dict[str, Any]:
    """What the expressions of a case may name."""
    m, n = size

    def broken(part: str, number: int | None) -> Any:
        matrix = sp.csr_array(np.ones((m, n)))
        array = getattr(matrix, part)
        if number is None:
            array.resize(max(len(array) - 2, 0), refcheck=False)
        else:
            array[len(array) // 2 :][:1] = number
        return matrix

    def unsorted(m: int, n: int) -> Any:
        indices = np.tile(np.arange(n)[::-1], m)
        return sp.csr_array((np.ones(m * n), indices, np.arange(m + 1) * n), shape=(m, n))

    def locked(shape: tuple[int, ...]) -> np.ndarray:
        array = np.empty(shape)
        array.flags.writeable = False
        return array

    return {
        **vars(callbacks), "np": np, "sp": sp, "cd": cd, "inf": math.inf, "nan": math.nan,
        "Fraction": fractions.Fraction, "Bounds": scipy.optimize.Bounds, "point": point,
        "X": x, "M": m, "N": n, "broken": broken, "unsorted": unsorted, "locked": locked,
        "like": lambda number: np.full(np.shape(x), number),
        "below": lambda distance: np.subtract(x, distance),
        "above": lambda distance: np.add(x, distance),
    }  # fmt: skip


@functools.cache
def compiled(expression: str) -> Any:
    return compile(expression, expression, "eval")


def evaluate(expression: str, names: dict[str, Any]) -> Any:
    with np.errstate(all="ignore"):
        return eval(compiled(expression), names)
