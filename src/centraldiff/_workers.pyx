"""Evaluation in several threads: points are handed out in parts, each thread has its own evaluator.

The caller's thread works too, and is the only one as long as there is little to do. The others come
from a pool; those that have not begun when all is done are not waited for, so calls may be nested.
Rows of values are written where they belong, whoever computes them: the result has the same bits as
that of one thread. Where fun raises, parts that have begun are completed, and the exception at the
first of all points is the one that counts, as in one thread.
"""

cimport cython

from contextvars import copy_context
from threading import Condition, Lock
from time import perf_counter

cdef double SHORT = 1e-4  # seconds of work that are not worth waking a thread
cdef double PART = 2e-3   # seconds that a part should take


@cython.final
cdef class Workers(Evaluator):
    """Evaluators of one fun, run at the same time."""

    def __init__(self, list lanes not None):
        cdef Evaluator lead = lanes[0]
        self.lanes = lanes
        self.fun = lead.fun
        self.scalar = lead.scalar
        self.name = lead.name
        self.noise = lead.noise
        self.extra = lead.extra
        self.lock = Lock()
        self.idle = Condition(self.lock)

    cdef int begin(self, Plan plan) except -1:
        cdef Evaluator lane
        for lane in self.lanes:
            lane.checking = self.checking
            lane.noise = self.noise
            lane.begin(plan)
        return 0

    cdef object first(self, Plan plan):
        cdef Evaluator lane, lead = self.lanes[0]
        lead.nfev = self.nfev
        try:
            values = lead.first(plan)
        finally:
            self.nfev = lead.nfev
        self.value_shape = lead.value_shape
        for lane in self.lanes[1:]:
            lane.follow(lead)
        return values

    cdef int evaluate(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width
    ) except -1:
        return self.share(plan, start, stop, values, width, False)

    cdef int evaluate_domain(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width
    ) except -1:
        return self.share(plan, start, stop, values, width, True)

    cdef int share(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width,
        bint domain,
    ) except -1:
        """Evaluate points start to stop; with `domain` NaN stands where they are outside it."""
        cdef Evaluator lane
        cdef Py_ssize_t before = self.nfev
        with self.lock:  # threads that come too late for the last job may be looking
            self.plan = plan
            self.start = self.next = start
            self.stop = stop
            self.values = values
            self.width = width
            self.domain = domain
            self.halted = False
            self.error = None
        for lane in self.lanes:
            lane.nfev = 0
        (<Evaluator>self.lanes[0]).nfev = before
        try:
            self.run_job()
        finally:
            self.plan = None
            error, self.error = self.error, None
            self.nfev = 0
            for lane in self.lanes:
                self.nfev += lane.nfev
        if error is not None:
            raise error
        return 0

    cdef int run_job(self) except -1:
        """The caller's part, the others' parts as soon as that is worth it, and their end."""
        cdef Evaluator lead = self.lanes[0], lane
        cdef object interrupt = None  # between the parts, or of the wait
        try:
            if lead.extra:  # nobody else looks at fun's convention
                self.evaluate_part(lead, self.job, lead.together())
                self.extra = lead.extra
                for lane in self.lanes[1:]:
                    lane.follow(lead)
            self.work(lead, self.job)
        except BaseException as error:
            interrupt = error
        while True:
            try:
                with self.lock:
                    self.job += 1  # who has not begun by now does not begin any more
                    while self.busy:  # others write where the caller's values are
                        self.idle.wait()
                    if interrupt is not None:  # it counts, whatever fun has raised
                        self.error = interrupt
                return 0
            except BaseException as error:
                interrupt = error

    def work(self, Evaluator lane not None, Py_ssize_t job):
        """Part after part, until there is none."""
        cdef Py_ssize_t part = lane.together(), done = 0
        cdef double took
        cdef bint alone = lane is self.lanes[0]
        while True:
            took = perf_counter()
            done = self.evaluate_part(lane, job, part)
            if done == 0:
                return
            took = perf_counter() - took
            if alone and took / done * (self.stop - self.next) > SHORT:
                self.call_others(job)
                alone = False
            if took < PART / 2:
                part = 2 * part
            elif took > 2 * PART:
                part = part // 2

    cdef int call_others(self, Py_ssize_t job) except -1:
        """Set the other threads to work. They see what fun would see in this one: errstate, ..."""
        from ._threads import pool  # what it needs takes time to import, and most never use it

        try:
            for lane in self.lanes[1:]:
                pool().submit(copy_context().run, self.work, lane, job)
        except RuntimeError:
            pass  # no thread to be had, as when the interpreter is about to end: then without
        return 0

    cdef Py_ssize_t evaluate_part(
        self, Evaluator lane, Py_ssize_t job, Py_ssize_t wanted
    ) except -1:
        """Evaluate the next points that nobody has; how many they were, 0 if there are no more."""
        cdef Py_ssize_t first, count, left, together = lane.together()
        cdef char* rows
        with self.lock:
            left = self.stop - self.next
            if job != self.job or self.halted or left <= 0:
                return 0
            # not so many that the others would wait for this one in the end
            count = min(wanted, left // (2 * len(self.lanes)))
            count = min(left, max(together, count // together * together))
            first = self.next
            self.next += count
            self.busy += 1
        rows = self.values + (first - self.start) * self.width
        error = None
        try:
            if self.domain:
                lane.evaluate_domain(self.plan, first, first + count, rows, self.width)
            else:
                lane.evaluate(self.plan, first, first + count, rows, self.width)
        except BaseException as caught:
            error = caught
        self.put_away(lane, error)
        return count

    cdef int put_away(self, Evaluator lane, object error) except -1:
        """A part is done. No interrupt may come between: who waits, waits for this."""
        cdef bint counted = False
        while True:
            try:
                with self.lock:
                    if error is not None:
                        self.halted = True
                        if self.error is None or lane.failed < self.failed:
                            self.failed = lane.failed
                            self.error = error
                    if not counted:
                        self.busy -= 1
                        counted = True
                    self.idle.notify()
                return 0
            except BaseException as interrupt:
                error = error or interrupt
