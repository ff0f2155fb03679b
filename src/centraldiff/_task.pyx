# cython: binding=True
"""The one way from fun and x to a result, as short as it can be: x, plan, evaluation, result.

A Task is all that can be settled before fun and x are known; a Prepared is a Task with its fun.
Both are compiled because a gradient of a cheap function takes a microsecond, and every microsecond
spent on the way to it counts.
"""

cimport cython
cimport numpy as cnp

from ._evaluate cimport Callback, Evaluator
from ._lay cimport all_within
from ._plan cimport Plan
from ._plans cimport AxisPlan, PairPlan
from ._run cimport run
from ._terms cimport Formula

from math import inf

from ._calling import Calling, settle_calling
from ._doors import as_function, evaluator_for
from ._errors import ArgumentTypeError, ArgumentValueError
from ._options import Options, settle, way_for
from ._plans import ElementPlan, LinePairPlan, LinePlan
from ._run import full_result
from ._validation import as_arguments, as_direction, as_flag, as_output, as_point
from ._way import fixed_steps, into
from ._within import within

cnp.import_array()

cdef extern from "Python.h":
    bint PyFunction_Check(object)
    bint PyMethod_Check(object)

cdef enum Kind:  # of plans
    AXES
    PAIRS
    ELEMENTS
    LINE
    LINE_PAIRS

KINDS = ("axes", "pairs", "elements", "line", "line pairs")


@cython.final
cdef class Task:
    """What to compute: a formula on a kind of plan, options, and what fun takes and returns.

    `way` is None where a plan of steps known beforehand is all there is to do, `calling` None
    where fun takes an array, `structure` None where nothing is known of zeros and sums.
    """

    cdef readonly Formula formula
    cdef readonly str kind, method
    cdef readonly object order, options, way, calling, structure
    cdef readonly bint scalar, gradients, with_value
    cdef Kind plans
    cdef object rule, bounds
    cdef bint fits_any_x  # a plan, moved to another x

    def __init__(
        self, Formula formula not None, str kind, method not None, order=None, *, options=None,
        calling=None, bint scalar=True, bint gradients=False, bint with_value=False,
        structure=None,
    ):
        cdef int place
        options = options or Options()
        self.way = way_for(formula.degree, method, order, options)
        self.formula = formula
        self.kind = kind
        place = KINDS.index(kind)
        self.plans = <Kind>place
        self.method = str.__str__(method)  # not one of its subclasses
        self.order = order
        self.options = options
        self.calling = calling
        self.rule = options.rule
        self.bounds = options.bounds
        self.fits_any_x = self.rule is None and self.bounds is None
        self.scalar = scalar
        self.gradients = gradients
        self.with_value = with_value
        self.structure = structure
        if structure is not None:
            self.way = structure.way(self, self.way)

    def __reduce__(self):
        return task_of_parts, (
            self.formula, self.kind, self.method, self.order, self.options, self.calling,
            self.scalar, self.gradients, self.with_value, self.structure,
        )

    def with_options(
        self, rel_step=None, abs_step=None, typical_x=None, step_rule=None, bounds=None,
        noise=None, rtol=None, atol=None, max_nfev=None,
    ):
        """The same task as these options ask for it."""
        if (
            rel_step is None and abs_step is None and typical_x is None and step_rule is None
            and bounds is None and noise is None and rtol is None and atol is None
            and max_nfev is None
        ):
            return self
        options = settle(
            rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        )
        return self.asked_for(options, self.calling, self.structure)

    def with_calling(
        self, x_as="array", vectorized=False, batch_size=None, workers=None, value_shape=None
    ):
        """The same task for a fun that is called as these options say."""
        if (
            isinstance(x_as, str) and x_as == "array" and vectorized is False and batch_size is None
            and workers is None and value_shape is None
        ):
            return self
        calling = settle_calling(x_as, vectorized, batch_size, workers, value_shape)
        return self if calling == Calling() else self.asked_for(
            self.options, calling, self.structure
        )

    def with_structure(self, structure):
        """The same task for a function of which that is known."""
        return self if structure is None else self.asked_for(
            self.options, self.calling, structure
        )

    cdef Task asked_for(self, object options, object calling, object structure):
        return task_of_parts(
            self.formula, self.kind, self.method, self.order, options, calling, self.scalar,
            self.gradients, self.with_value, structure,
        )

    def plan(self, x):
        """The plan of this task at x."""
        if self.way is None:
            return self.plan_at(x, None)
        if self.structure is None:
            raise ArgumentValueError(
                f"with {self.way.name} the points depend on the values of fun: there is no plan"
            )
        x, is_number = as_point(x)
        return self.way.plan(self, x if self.bounds is None else self.bounds.clip(x), is_number)

    def plan_with(self, cnp.ndarray x not None, bint is_number, v=None, h=None):
        """The plan at a point that is checked and within bounds, along v, with steps h (like x).

        Without h with the steps that the task's own rule gives.
        """
        return self.lay(x, is_number, v, h)

    def run(self, fun, x, args, kwargs, full_output, v=None):
        """The derivative of fun at x (along v), as an array or as a DerivativeResult."""
        if type(args) is not tuple or kwargs is not None:
            args, kwargs = as_arguments(args, kwargs)
        if not PyFunction_Check(fun):
            fun = as_function("grad" if self.gradients else "fun", fun)
        if full_output is not False:
            full_output = as_flag("full_output", full_output)
        evaluator = self.new_evaluator(fun, args, kwargs)
        if self.way is not None:
            return self.go(evaluator, x, v, full_output, None).derivative
        if not full_output:
            return run(self.plan_at(x, v), evaluator, None, 0)
        return full_result(self.plan_at(x, v), evaluator)

    def find(self, fun, x, args, kwargs, full_output):
        """All that is found on the way to the derivative: a Found."""
        args, kwargs = as_arguments(args, kwargs)
        fun = as_function("grad" if self.gradients else "fun", fun)
        full_output = as_flag("full_output", full_output)
        return self.go(self.new_evaluator(fun, args, kwargs), x, None, full_output, None)

    cdef object go(self, Evaluator evaluator, object x, object v, bint full_output, object out):
        """The task's own way, or that of fixed steps, from a point as the user gave it."""
        x, is_number = as_point(x)
        if self.plans >= LINE:
            v = as_direction(v, x)
        if self.bounds is not None:
            x = self.bounds.clip(x)
        if out is not None and self.structure is not None and self.structure.is_sparse:
            raise ArgumentTypeError("out has no meaning with sparsity: the result is a new array")
        if out is not None and (self.scalar or self.gradients):  # else fun tells the shape
            as_output(out, x.shape * (2 if self.gradients or self.plans == PAIRS else 1), x.dtype)
        if self.way is None:
            return fixed_steps(self, evaluator, x, is_number, v, full_output)
        return self.way.run(self, evaluator, x, is_number, v, full_output)

    cdef Plan plan_at(self, object x, object v):
        cdef bint is_number = False
        cdef Plan plan
        if (
            cnp.PyArray_CheckExact(x)
            and cnp.PyArray_TYPE(x) == cnp.NPY_DOUBLE
            and cnp.PyArray_ISCARRAY_RO(x)
            and cnp.PyArray_NDIM(x) <= 32  # as_point refuses more
        ):
            if self.plans == AXES and self.fits_any_x:
                return self.axes_at(x, False, None)  # a microsecond counts here
            plan = self.axes_within(x)
            if plan is not None:
                return plan
        else:
            x, is_number = as_point(x)
        if self.plans >= LINE:
            v = as_direction(v, x)
        if self.bounds is not None:
            x = self.bounds.clip(x)
        return self.lay(x, is_number, v, None)

    cdef Plan axes_within(self, cnp.ndarray x):
        """The plan of axes at doubles x where bounds are not in the way, which is mostly so.

        None where they may be: what `lay` does for all takes ten times as long.
        """
        cdef cnp.ndarray lower, upper
        cdef const double* low
        cdef const double* high
        cdef AxisPlan axes
        if (
            self.plans != AXES or self.bounds is None or self.bounds.are_as_pairs
            or self.formula.terms.imaginary
        ):
            return None
        box = self.bounds.fit(x)
        lower, upper = box
        if not (cnp.PyArray_ISCARRAY_RO(lower) and cnp.PyArray_ISCARRAY_RO(upper)):
            return None
        low, high = <const double*>cnp.PyArray_DATA(lower), <const double*>cnp.PyArray_DATA(upper)
        if not all_within(<const double*>cnp.PyArray_DATA(x), cnp.PyArray_SIZE(x), 1, low, high):
            return None
        h = None if self.rule is None else self.rule.steps(x, self.formula.terms.exponent)
        axes = self.axes_at(x, False, h)
        if not axes.is_within(low, high):
            return None
        axes.box = box
        return axes

    cdef Plan lay(self, cnp.ndarray x, bint is_number, object v, cnp.ndarray h):
        cdef Plan plan
        if h is None and self.rule is not None:
            h = self.rule.steps(x, self.formula.terms.exponent)
        plan = self.unbounded(x, is_number, v, h)
        if self.bounds is not None:
            box = self.bounds.fit(x)
            plan = within(plan, *box, scalar=self.scalar)
            plan.box = box
        return plan

    cdef Plan unbounded(self, cnp.ndarray x, bint is_number, object v, cnp.ndarray h):
        """The plan, were there no bounds."""
        cdef PairPlan pairs
        if self.plans == AXES:
            return self.axes_at(x, is_number, h)
        if self.plans == PAIRS:
            pairs = PairPlan.__new__(PairPlan)
            pairs.set_up(self.formula, x, is_number, h)
            return pairs
        if self.plans == ELEMENTS:
            return ElementPlan(self.formula, x, h)
        if self.plans == LINE:
            return LinePlan(self.formula, x, is_number, v, h, gradients=self.gradients)
        return LinePairPlan(self.formula, x, is_number, v, h)

    cdef AxisPlan axes_at(self, cnp.ndarray x, bint is_number, cnp.ndarray h):
        cdef AxisPlan axes = AxisPlan.__new__(AxisPlan)
        axes.set_up(self.formula, x, is_number, h, self.with_value, self.gradients, self.scalar)
        return axes

    cdef Evaluator new_evaluator(self, object fun, tuple args, dict kwargs):
        """What calls fun: without a look at what else it might be, where that is plain."""
        cdef Callback callback
        cdef str name = "grad" if self.gradients else "fun"
        if self.calling is None and (PyFunction_Check(fun) or PyMethod_Check(fun)):
            callback = Callback.__new__(Callback)
            callback.set_up(fun, args, kwargs, self.scalar, name)
            return callback
        cdef Evaluator evaluator = evaluator_for(
            fun, args, kwargs, scalar=self.scalar, name=name, calling=self.calling,
            length=None if self.structure is None else self.structure.length,
        )
        if self.options.noise is not None:
            evaluator.noise = inf if self.options.noise == "estimate" else self.options.noise
        return evaluator


def task_of_parts(
    formula, kind, method, order, options, calling, bint scalar, bint gradients, bint with_value,
    structure,
):
    """A task out of its parts."""
    return Task(
        formula, kind, method, order, options=options, calling=calling, scalar=scalar,
        gradients=gradients, with_value=with_value, structure=structure,
    )


@cython.final
cdef class Settled:
    """What a Prepared was made of: never changed, so that any thread may read it."""

    cdef Task task
    cdef object fun
    cdef tuple args
    cdef dict keywords
    cdef bint full_output


cdef class Prepared:
    """A function and all options, settled once: call it with points.

    What it holds is read and replaced under its lock: __init__ may run again, in any thread.
    """

    cdef Settled settled
    cdef Evaluator spare_evaluator  # what no call uses right now
    cdef AxisPlan spare_plan

    def __init__(self, Task task not None, fun, args, kwargs, full_output):
        cdef Settled settled = Settled.__new__(Settled)
        settled.task = task
        settled.fun = fun
        settled.args, settled.keywords = as_arguments(args, kwargs)
        settled.full_output = as_flag("full_output", full_output)
        # what was there is kept until the lock is open: its end may run code of the user's
        with cython.critical_section(self):
            settled, self.settled = self.settled, settled
            _evaluator, self.spare_evaluator = self.spare_evaluator, None
            _axes, self.spare_plan = self.spare_plan, None

    def __repr__(self):
        cdef Settled settled
        with cython.critical_section(self):
            settled = self.settled
        return f"{type(self).__name__}({None if settled is None else settled.fun!r})"

    @property
    def task(self):
        """What to compute."""
        return self.now().task

    @property
    def fun(self):
        """The function."""
        return self.now().fun

    @property
    def args(self):
        """Positional arguments of fun after x."""
        return self.now().args

    @property
    def kwargs(self):
        """Keyword arguments of fun: a copy, what was prepared stays as it is."""
        return dict(self.now().keywords)

    @property
    def full_output(self):
        """Whether a call returns a DerivativeResult."""
        return self.now().full_output

    def __reduce__(self):
        cdef Settled settled = self.now()
        return rebuilt, (
            type(self), settled.task, settled.fun, settled.args, settled.keywords,
            settled.full_output,
        ), getattr(self, "__dict__", None)

    def __call__(self, x, *args, out=None):
        cdef Settled settled
        cdef Task task
        cdef Evaluator evaluator = None
        cdef AxisPlan axes
        cdef Plan plan
        # a call from fun itself, or from another thread, finds nothing to spare and makes its own
        with cython.critical_section(self):
            settled = self.settled
            axes, self.spare_plan = self.spare_plan, None
            if not args:
                evaluator, self.spare_evaluator = self.spare_evaluator, None
        self.require(settled)
        task = settled.task
        if evaluator is None:
            evaluator = task.new_evaluator(settled.fun, args or settled.args, settled.keywords)
        evaluator.nfev = 0
        plan = axes
        if task.way is None and (axes is None or not axes.move(x)):
            plan = task.plan_at(x, None)
        if task.way is not None:
            result = task.go(evaluator, x, None, settled.full_output, out).derivative
            if out is not None:
                result = into(out, result)
        elif settled.full_output:
            result = full_result(plan, evaluator, out)
        else:
            result = run(plan, evaluator, out, 0)
        axes = <AxisPlan>plan if type(plan) is AxisPlan and task.fits_any_x else None
        with cython.critical_section(self):
            if settled is self.settled:  # else prepared anew meanwhile, perhaps by fun itself
                axes, self.spare_plan = self.spare_plan, axes
                if not args:
                    evaluator, self.spare_evaluator = self.spare_evaluator, evaluator
        return result

    def plan(self, x):
        """Where fun will be called for the derivative at x.

        Parameters
        ----------
        x : number or array_like of real numbers
            The point.

        Returns
        -------
        Plan
            As `gradient_plan` and `hessian_plan` give.

        Raises
        ------
        ValueError, TypeError
            As for the derivative; also where the points depend on values of fun.
        """
        return self.now().task.plan(x)

    cdef Settled now(self):
        """What is prepared at the moment."""
        cdef Settled settled
        with cython.critical_section(self):
            settled = self.settled
        self.require(settled)
        return settled

    cdef int require(self, Settled settled) except -1:
        """What __new__ alone leaves behind can't be called."""
        if settled is None or settled.task.formula is None:
            raise TypeError(f"this {type(self).__name__} has not been initialised")
        return 0


def rebuilt(cls, task, fun, args, kwargs, full_output):
    """A Prepared out of its parts, for pickle and copy."""
    prepared = cls.__new__(cls)
    Prepared.__init__(prepared, task, fun, args, kwargs, full_output)
    return prepared
