"""Evaluation in several threads: points are handed out in parts, each thread has its own evaluator.

The caller's thread works too, and is the only one as long as there is little to do. The others are
kept for the process; those that have not begun when all is done are not waited for, so calls may be
nested. Rows of values are written where they belong, whoever computes them: the result has the same
bits as that of one thread. Where fun raises, points before that one are still evaluated, and
the exception at the first of all points is the one that counts, as in one thread.

An interrupt (Ctrl-C) is raised in the caller's thread, wherever that runs Python code or waits. So
locks, queues and threads are those that are written in C, and there is no bytecode between them:
the only places are fun, and the two waits, for the lock and for the others.
"""

cimport cython

from ._evaluate cimport CD_LIMIT, CD_SET_LIMIT

import os
from _thread import allocate_lock, start_new_thread
from contextvars import copy_context
from queue import SimpleQueue
from time import perf_counter

cdef extern from *:
    """
    #define CD_NO_LIMIT PY_SSIZE_T_MAX
    """
    const Py_ssize_t NO_LIMIT "CD_NO_LIMIT"

cdef double SHORT = 1e-4  # seconds of work that are not worth waking a thread
cdef double PART = 2e-3   # seconds that a part should take


@cython.final
cdef class Pool:
    """Threads that wait for something to do; more are started as more is asked of them."""

    cdef object lock, tasks
    cdef Py_ssize_t started, asked

    def __init__(self):
        self.forget()

    def forget(self):
        """A child process has none of its parent's threads, and a lock may have been held."""
        self.lock = allocate_lock()
        self.tasks = SimpleQueue()
        self.started = self.asked = 0

    cdef int call(self, object function, tuple args) except -1:
        """Have another thread do it, when there is one."""
        cdef bint more
        with self.lock:
            self.asked += 1
            more = self.started < self.asked
            self.started += more
        if more:
            try:
                start_new_thread(self.serve, (self.tasks,))
            except RuntimeError:  # no more threads: those that there are, or none, have to do
                with self.lock:
                    self.started -= 1
        self.tasks.put((function, args))
        return 0

    def serve(self, tasks):
        """What a thread does, for ever."""
        while True:
            function, args = tasks.get()
            try:
                function(*args)
            except BaseException:  # no memory, say: the caller does what is left
                pass
            function = args = None  # what has been done is not kept
            with self.lock:
                self.asked -= 1


cdef Pool pool = Pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.forget)


@cython.final
cdef class Workers(Evaluator):
    """Evaluators of one fun, run at the same time."""

    def __init__(self, make not None, Py_ssize_t threads):
        cdef Evaluator lead = make()
        self.make = make
        self.threads = threads
        self.lanes = [lead]
        self.fun = lead.fun
        self.scalar = lead.scalar
        self.name = lead.name
        self.noise = lead.noise
        self.extra = lead.extra
        self.lock = allocate_lock()
        self.finished = SimpleQueue()

    cdef int begin(self, Plan plan) except -1:
        cdef Evaluator lane
        for lane in self.lanes:
            lane.allow_complex = self.allow_complex
            lane.noise = self.noise
            lane.begin(plan)
        return 0

    cdef object first(self, Plan plan):
        cdef Evaluator lane, lead = self.lanes[0]
        lead.nfev = self.nfev
        try:
            values = lead.first(plan)
        finally:
            self.account_for(lead)
        self.value_shape = lead.value_shape
        for lane in self.lanes[1:]:
            lane.follow(lead)
        return values

    cdef Py_ssize_t together(self) noexcept:
        return (<Evaluator>self.lanes[0]).together()

    cdef Py_ssize_t at_once(self) noexcept:
        return self.threads * (<Evaluator>self.lanes[0]).at_once()

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
        cdef Evaluator lane, lead = self.lanes[0]
        cdef Py_ssize_t before = self.nfev
        with self.lock:  # threads that come too late for the last job may be looking
            self.plan = plan
            self.start = self.next = start
            self.stop = stop
            self.values = values
            self.width = width
            self.domain = domain
            self.error = None
        for lane in self.lanes:
            lane.nfev = lane.failed_count = lane.aside = 0
            lane.limit = NO_LIMIT
        lead.nfev = before
        try:
            if lead.extra and start < stop:  # nobody else looks at fun's convention
                self.evaluate_part(lead, self.job, lead.together())
                self.extra = lead.extra
                self.aside = lead.aside
            self.work(lead, self.job, True)
        except BaseException as error:  # what is not fun's: an interrupt of a wait for the lock
            self.put_away(None, error)
        self.wait_for_others()
        self.plan = None
        raised, self.error = self.error, None
        self.nfev = 0
        for lane in self.lanes:
            self.nfev += lane.nfev
        if raised is not None:
            raise raised
        return 0

    def work(self, Evaluator lane not None, Py_ssize_t job, bint alone=False):
        """Part after part, until there is none; who is alone calls others when that takes long."""
        cdef Py_ssize_t part = 1, done
        cdef double took
        while True:
            took = perf_counter()
            done = self.evaluate_part(lane, job, part)
            if done == 0:
                return
            took = perf_counter() - took
            if alone and took / done * (self.stop - self.next) > SHORT:
                self.call_others()
                alone = False
            if took < PART / 2:
                part = 2 * max(part, done)
            elif took > 2 * PART:
                part = max(1, part // 2)

    cdef int call_others(self) except -1:
        """Set the other threads to work. They see what fun would see in this one: errstate, ..."""
        cdef Evaluator lane, lead = self.lanes[0]
        cdef Py_ssize_t i
        for i in range(1, self.threads):
            if i == len(self.lanes):
                lane = self.make()
                lane.allow_complex = self.allow_complex
                lane.noise = self.noise
                lane.begin(self.plan)
                lane.limit = CD_LIMIT(&lead.limit)
                self.lanes.append(lane)
            lane = self.lanes[i]
            lane.follow(lead)
            pool.call(copy_context().run, (self.work, lane, self.job))
        return 0

    cdef Py_ssize_t evaluate_part(
        self, Evaluator lane, Py_ssize_t job, Py_ssize_t wanted
    ) except -1:
        """Evaluate the next points that nobody has; how many they were, 0 if there are no more."""
        cdef Py_ssize_t first, count, left, together
        cdef char* rows
        with self.lock:
            left = self.stop - self.next
            if job != self.job or self.error is not None or left <= 0:
                return 0
            together = lane.together()
            # not so many that the others would wait for this one in the end
            count = min(wanted, left // (2 * self.threads))
            count = min(left, max(together, count // together * together))
            first = self.next
            self.next += count
            self.busy += 1
        rows = self.values + (first - self.start) * self.width
        raised = None
        try:
            if self.domain:
                lane.evaluate_domain(self.plan, first, first + count, rows, self.width)
            else:
                lane.evaluate(self.plan, first, first + count, rows, self.width)
        except BaseException as error:
            raised = error
        self.put_away(lane, raised)
        return count

    cdef int put_away(self, Evaluator lane, object error) except -1:
        """A part is done (without `lane`: none is, but there is an exception)."""
        cdef bint last = False
        while True:
            try:
                with self.lock:
                    if error is not None:
                        self.keep(error, lane)
                    if lane is not None:
                        self.busy -= 1
                        last = self.waiting and self.busy == 0
                break
            except BaseException as interrupt:  # of the wait for the lock
                error = interrupt
        if last:
            self.finished.put(None)
        return 0

    cdef int keep(self, object error, Evaluator where) except -1:
        """The exception that counts: an interrupt, or else that of the first point."""
        cdef Evaluator lane
        cdef bint ordinary = isinstance(error, Exception)
        cdef Py_ssize_t failed = 0 if where is None else where.failed
        if self.error is not None and ordinary:
            if not isinstance(self.error, Exception) or failed >= self.failed:
                return 0
        self.error = error
        self.failed = failed
        self.failed_count = 0 if where is None else where.failed_count
        for lane in self.lanes:  # what comes after it is no longer wanted
            CD_SET_LIMIT(&lane.limit, failed if ordinary else 0)
        return 0

    cdef int wait_for_others(self) except -1:
        """They write where the caller's values are. Who has not begun does not begin any more."""
        while True:
            try:
                with self.lock:
                    self.job += 1
                    self.waiting = self.busy > 0
                break
            except BaseException as error:
                self.put_away(None, error)
        while self.waiting:
            try:
                self.finished.get()
                self.waiting = False
            except BaseException as error:
                self.put_away(None, error)
        return 0
