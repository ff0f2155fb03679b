"""Runs a case twice, and says what is wrong with what came out."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import scipy.sparse as sp
from callbacks import HARMLESS, MEDDLING, SMOOTH, Fun, Mine, in_c
from cases import ALONE, FUNCTIONS, Case, evaluate, namespace

import centraldiff as cd

OWN = tuple(kind for kind in vars(cd).values() if isinstance(kind, type)
            and issubclass(kind, cd.CentraldiffError))  # fmt: skip
WARNINGS = (cd.NotFiniteWarning, cd.NotCompiledWarning)


class FindingError(AssertionError):
    """A finding."""


class VoidError(Exception):
    """The case can't be set up: it is none."""


def judge(case: Case) -> str:
    """How it ended, in a word; raises FindingError, or whatever should not have come out."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in WARNINGS:
            warnings.simplefilter(case.get("warnings", "ignore"), kind)
        first, second = Attempt(case), Attempt(case)
        first.run()
        second.run()
    # in threads the evaluation from which on fun behaves is another one each time
    threads = "workers" in case["options"] and case.get("behaves", "plain") != "plain"
    if threads or case.get("behaves") in MEDDLING or case.get("in", "Python") != "Python":
        return first.outcome
    if first.outcome != second.outcome:
        raise FindingError(
            f"first {first.outcome}, then {second.outcome}: {first.error}, {second.error}"
        )
    if first.outcome == "value" and bits(first.result) != bits(second.result):
        raise FindingError(f"not the same bits: {first.result}, {second.result}")
    return first.outcome


class Attempt:
    """One run of a case, with objects of its own."""

    def __init__(self, case: Case) -> None:
        self.case, self.name = case, case["operator"]
        self.result: Any = None
        self.error: BaseException | None = None
        try:
            self.set_up()
        except Exception as error:
            raise VoidError from error

    def set_up(self) -> None:
        case = self.case
        names = namespace(None, case.get("size", (1, 1)))
        self.x = evaluate(case["x"], names)
        if self.name not in ALONE:
            try:
                X = np.array(np.real(self.x), dtype=float)
            except Exception:
                X = np.ones(2)
            m = {"gradient": X.size, "vector": 3, "list": 2}.get(case["returns"], 1)
            if self.name not in ("jacobian", "Jacobian") and not any(
                option in case["options"] for option in ("sum_of_terms", "least_squares")
            ):
                m = X.size
            names = namespace(X, (m, X.size))
            if case["x"] == "X":
                self.x = X
            self.X = X.copy()
        self.options = {k: evaluate(v, names) for k, v in case["options"].items()}
        if self.name in ALONE:
            return
        door = self.options.get("x_as", "array")
        vectorized = self.options.get("vectorized", False) is True
        given = self.options.get("args", ())
        self.fun = Fun(
            case["core"], case["returns"], case["behaves"], case["at"],
            "vectorized" if vectorized else door if isinstance(door, str) else "array",
            X.shape, len(given) if isinstance(given, (tuple, list)) else 0,
            evaluate(case["payload"], names),
        )  # fmt: skip
        if case["in"] == "Python":
            self.callable = self.fun
        elif case["in"] in ("number", "data", "array"):
            self.callable = in_c(self.fun, case["in"])
        else:
            self.callable = evaluate(case["in"], names)
        self.names = names
        for name, empty in (("args", []), ("kwargs", {})):
            self.fun.caller[name] = self.options.get(name, empty)
            if not isinstance(self.fun.caller[name], type(empty)):
                self.fun.caller[name] = empty
        self.fun.caller["x"] = self.x
        if "out" in case:
            shape = X.shape * (2 if self.name == "Hessian" else 1)
            shape = (X.size, *X.shape) if self.name == "Jacobian" else shape
            self.out = evaluate(case["out"], {**names, "S": shape})
            self.again = evaluate(case["again"], names)
            self.fun.caller["out"] = self.out
        self.before = frozen(self.x)

    def run(self) -> None:
        try:
            self.result = self.call()
            self.outcome = "value"
        except BaseException as error:
            self.error = error
            self.outcome = type(error).__name__
            self.check_error(error)
        if self.name in ALONE:
            return
        if self.case["behaves"] not in MEDDLING and frozen(self.x) != self.before:
            raise FindingError(f"x is {self.x!r}, and was {self.before!r}")
        for kept, copy in self.fun.kept:
            if isinstance(kept, np.ndarray) and kept.tobytes() != copy.tobytes():
                raise FindingError(f"what fun kept has changed: {kept}, {copy}")
        if self.outcome == "value":
            self.check_value()

    def call(self) -> Any:
        name, options, function = self.name, self.options, FUNCTIONS[self.name]
        if name in ALONE:
            return function(self.x, **options)
        if name.endswith("plan"):
            return self.plan()
        funs = {"fun": self.callable}
        if self.case["argument"] == "grad" and "grad" not in options:
            funs = {"fun": None, "grad": self.callable}
        if name not in ("Gradient", "Jacobian", "Hessian"):
            again = [*funs.values()][:1]
            keywords = {**dict([*funs.items()][1:]), **options}
            self.fun.caller["again"] = lambda: function(*again, self.x, **keywords)
            return function(*again, self.x, **keywords)
        prepared = function(funs.pop("fun"), **funs, **options)
        self.fun.caller.update(prepared=prepared, again=lambda: prepared(self.x))
        result = prepared(self.x) if self.out is None else prepared(self.x, out=self.out)
        # what a pattern is, and whether it is confirmed, is remembered from the first point
        if self.case["behaves"] in HARMLESS and "sparsity" not in options:
            self.check_again(prepared)
        return result

    def check_again(self, prepared: Any) -> None:
        """A second point, in a prepared object that has seen one and in a new one."""
        outcomes = []
        points, self.fun.points = self.fun.points, []
        for derivative in (
            prepared,
            type(prepared)(prepared.fun, **{k: v for k, v in self.options.items() if k != "fun"}),
        ):
            try:
                outcomes.append(bits(derivative(self.again), nfev=False))
            except BaseException as error:
                self.check_error(error)
                outcomes.append(type(error))
        if outcomes[0] != outcomes[1] and self.case["argument"] == "fun":
            raise FindingError(f"the second point: {outcomes}")
        self.fun.points = points

    def plan(self) -> Any:
        plan = FUNCTIONS[self.name](self.x, **self.options)
        points = plan.points()
        if len(points) != len(plan):
            raise FindingError(f"{len(points)} points of {len(plan)}")
        try:
            plan.points(*(evaluate(end, self.names) for end in self.case["range"]))
        except (*OWN, Mine, TypeError) as error:
            if type(error) is TypeError and not (
                "integer" in str(error) or "__index__" in str(error)
            ):
                raise
        values: Any = [self.fun.value((point,))[0] for point in points]
        match self.case["values"]:
            case "right":
                pass
            case "nan":
                values = np.full(np.shape(values), math.nan)
            case "short":
                values = values[:-1]
            case "long":
                values = [*values, *values[:1]]
            case rubbish:
                values = evaluate(rubbish, self.names)
        return plan.combine(values)

    def check_error(self, error: BaseException) -> None:
        """The package's own errors, fun's, and warnings of the package made errors."""
        if isinstance(error, (*OWN, Mine)):
            return
        if isinstance(error, WARNINGS) and self.case.get("warnings") == "error":
            return
        if self.name not in ALONE and any(error is raised for raised in self.fun.raised):
            return
        if "returned non" in str(error) or "should return" in str(error):  # a Hostile
            return
        odd = self.case.get("in") != "Python" or "grad" in self.options
        if odd and "in evaluation" in str(getattr(error, "__notes__", "")):
            return
        raise error

    def check_value(self) -> None:
        case, result = self.case, self.result
        outputs = [r for r in (result if isinstance(result, tuple) else (result,))
                   if isinstance(r, cd.DerivativeResult)]  # fmt: skip
        nested = case["behaves"] in ("recurses", "threads") and "workers" in case["options"]
        ordinary = case["in"] == "Python" and case["behaves"] in HARMLESS and not nested
        for output in outputs:
            if ordinary and output.nfev != self.fun.nfev:
                raise FindingError(f"nfev {output.nfev}, called {self.fun.nfev} times")
            if np.shape(output.error) != np.shape(output.value):
                raise FindingError("error and value differ in shape")
        derivative = result[-1] if isinstance(result, tuple) else result
        value = derivative.value if outputs else derivative
        expected = self.expected()
        if not ordinary or expected is None or sp.issparse(value):
            return
        if np.shape(value) != expected.shape:
            raise FindingError(f"shape {np.shape(value)} instead of {expected.shape}")
        dtype = self.x.dtype if type(self.x) is np.ndarray else np.dtype(float)
        followed = type(self.x) is np.ndarray and dtype.char in "dfg"
        if followed and np.ndim(value) and value.dtype.char != dtype.char:
            raise FindingError(f"{value.dtype} instead of {dtype}")
        if not outputs or case["core"] not in SMOOTH or not np.isfinite(expected).all():
            return
        claimed = (derivative.status == "converged") & (np.abs(self.X).max(initial=0) < 1e3)
        off = np.abs(value - expected)
        allowed = 10 * derivative.error + 1e-12 * np.abs(expected).max(initial=1)
        exact = dtype.char in "dgl?B" and "typical_x" not in self.options  # which may mislead
        if exact and (claimed & (off > allowed)).any():
            raise FindingError(f"{derivative} instead of {expected}")

    def expected(self) -> Any:
        """The derivative of the plain function, where it is known."""
        X, case = self.X, self.case
        if case["core"] not in SMOOTH or case["returns"] not in ("number", "gradient"):
            return None
        if X.ndim > 32 or set(self.options) & {
            "sum_of_terms",
            "least_squares",
            "sparsity",
            "value_shape",
            "grad",
        }:
            return None
        with np.errstate(all="ignore"):
            _, g, H = SMOOTH[case["core"]](list(X.ravel()))
        g = np.array(g).reshape(X.shape)
        H = np.reshape(H if X.size else np.zeros((0, 0)), X.shape * 2)
        first, second = (g, H) if case["returns"] == "number" else (H, None)
        if case["argument"] == "grad":
            first, second = None, H
        match self.name:
            case "gradient" | "Gradient" | "value_and_gradient":
                return first if case["returns"] == "number" else None
            case "jacobian" | "Jacobian":
                return first
            case "hessian" | "Hessian" | "value_gradient_hessian":
                return second
            case "hessian_diagonal":
                return np.diagonal(H.reshape(X.size, X.size)).reshape(X.shape)
        return None


def frozen(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return x.shape, x.dtype, x.strides, x.tobytes() if x.dtype != object else str(x)
    return str(x) if isinstance(x, (list, tuple)) else None


def bits(result: Any, nfev: bool = True) -> Any:
    """All that can be compared of a result; a prepared object's first call may take more."""
    if isinstance(result, tuple):
        return tuple(bits(part, nfev) for part in result)
    if isinstance(result, cd.DerivativeResult):
        parts = result.value, result.error, result.step, result.status
        return (result.nfev if nfev else None, *(bits(part) for part in parts))
    if sp.issparse(result):
        return bits(result.toarray()), result.nnz
    if isinstance(result, cd.Stencil):
        return str(result)
    array = np.asarray(result)
    if array.dtype == np.longdouble:  # its bytes hold padding
        return array.shape, [repr(number) for number in array.ravel()]
    return array.shape, str(array.dtype), array.tobytes()
