"""The one way from fun and x to a result, as short as it can be: x, plan, evaluation, result.

A Task is all that can be settled before fun and x are known; a Prepared is a Task with its fun.
Both are compiled because a gradient of a cheap function takes a microsecond, and every microsecond
spent on the way to it counts.
"""

cimport cython
cimport numpy as cnp

from ._evaluate cimport Callback
from ._plan cimport Plan
from ._plans cimport AxisPlan, PairPlan
from ._run cimport run
from ._terms cimport Formula

from ._run import full_result
from ._steps import step_rule
from ._validation import as_arguments, as_callable, as_flag, as_point

cnp.import_array()


@cython.final
cdef class Task:
    """What to compute: a formula, a rule for steps (None: the default), and what fun returns."""

    cdef readonly Formula formula
    cdef readonly object rule
    cdef readonly bint scalar, gradients, with_value

    def __init__(
        self, Formula formula not None, rule=None, bint scalar=True, bint gradients=False,
        bint with_value=False,
    ):
        self.formula = formula
        self.rule = rule
        self.scalar = scalar
        self.gradients = gradients
        self.with_value = with_value

    def __reduce__(self):
        return Task, (self.formula, self.rule, self.scalar, self.gradients, self.with_value)

    def with_steps(self, rel_step, abs_step, typical_x):
        """The same task with the steps that these options ask for."""
        if rel_step is None and abs_step is None and typical_x is None:
            return self
        rule = step_rule(rel_step, abs_step, typical_x)
        return Task(self.formula, rule, self.scalar, self.gradients, self.with_value)

    def evaluator(self, fun, args, kwargs):
        """Who calls fun for this task."""
        fun = as_callable("grad" if self.gradients else "fun", fun)
        args, kwargs = as_arguments(args, kwargs)
        return self.evaluator_for(fun, args, kwargs)

    def plan(self, x):
        """The plan of this task at x."""
        return self.plan_at(x)

    def run(self, fun, x, args, kwargs, full_output):
        """The derivative of fun at x, as an array or as a DerivativeResult."""
        if type(args) is not tuple or kwargs is not None:
            args, kwargs = as_arguments(args, kwargs)
        if not callable(fun):
            as_callable("grad" if self.gradients else "fun", fun)  # which refuses it
        plan = self.plan_at(x)
        evaluator = self.evaluator_for(fun, args, kwargs)
        if full_output is not False and as_flag("full_output", full_output):
            return full_result(plan, evaluator)
        return run(plan, evaluator, None, 0)

    cdef Plan plan_at(self, object x):
        cdef bint is_number = False
        cdef AxisPlan axes
        cdef PairPlan pairs
        if not (
            cnp.PyArray_CheckExact(x)
            and cnp.PyArray_TYPE(x) == cnp.NPY_DOUBLE
            and cnp.PyArray_ISCARRAY_RO(x)
        ):
            x, is_number = as_point(x)
        h = None if self.rule is None else self.rule.steps(x, self.formula.terms.exponent)
        if self.formula.terms.p:
            pairs = PairPlan.__new__(PairPlan)
            pairs.set_up(self.formula, x, is_number, h)
            return pairs
        axes = AxisPlan.__new__(AxisPlan)
        axes.set_up(self.formula, x, is_number, h, self.with_value, self.gradients, self.scalar)
        return axes

    cdef Callback evaluator_for(self, object fun, tuple args, dict kwargs):
        cdef Callback evaluator = Callback.__new__(Callback)
        evaluator.set_up(fun, args, kwargs, self.scalar, "grad" if self.gradients else "fun")
        return evaluator


cdef class Prepared:
    """A function and all options, settled once: call it with points."""

    cdef readonly Task task
    cdef readonly object fun
    cdef readonly tuple args
    cdef dict keywords
    cdef readonly bint full_output
    cdef Callback spare_evaluator  # what no call uses right now
    cdef AxisPlan spare_plan

    def __init__(self, Task task not None, fun, args, kwargs, full_output):
        self.task = task
        self.fun = fun
        self.args, self.keywords = as_arguments(args, kwargs)
        self.full_output = as_flag("full_output", full_output)
        self.spare_evaluator = None
        self.spare_plan = None

    def __repr__(self):
        return f"{type(self).__name__}({self.fun!r})"

    @property
    def kwargs(self):
        """Keyword arguments of fun: a copy, what was prepared stays as it is."""
        self.require()
        return dict(self.keywords)

    def __reduce__(self):
        return rebuilt, (
            type(self), self.task, self.fun, self.args, self.keywords, self.full_output
        ), getattr(self, "__dict__", None)

    def __call__(self, x, *args, out=None):
        cdef Callback evaluator = None
        cdef AxisPlan axes
        cdef Plan plan
        cdef Task task = self.task  # which an __init__ in between may replace
        self.require()
        # a call from fun itself, or from another thread, finds nothing to spare and makes its own
        with cython.critical_section(self):
            axes, self.spare_plan = self.spare_plan, None
            if not args:
                evaluator, self.spare_evaluator = self.spare_evaluator, None
        if evaluator is None:
            evaluator = task.evaluator_for(self.fun, args or self.args, self.keywords)
        evaluator.nfev = 0
        plan = axes
        if axes is None or not axes.move(x):
            plan = task.plan_at(x)
        if self.full_output:
            result = full_result(plan, evaluator, out)
        else:
            result = run(plan, evaluator, out, 0)
        with cython.critical_section(self):
            if not args and evaluator.fun is self.fun:  # else prepared anew by fun itself
                self.spare_evaluator = evaluator
            if type(plan) is AxisPlan and task.rule is None and task is self.task:
                self.spare_plan = plan
        return result

    def plan(self, x):
        """Where fun will be called for the derivative at x: a Plan."""
        cdef Task task = self.task
        self.require()
        return task.plan_at(x)

    cdef int require(self) except -1:
        """What __new__ alone leaves behind can't be called."""
        if self.task is None or self.task.formula is None:
            raise TypeError(f"this {type(self).__name__} has not been initialised")
        return 0


def rebuilt(cls, task, fun, args, kwargs, full_output):
    """A Prepared out of its parts, for pickle and copy."""
    prepared = cls.__new__(cls)
    Prepared.__init__(prepared, task, fun, args, kwargs, full_output)
    return prepared
