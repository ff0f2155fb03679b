"""Gradient and Hessian of a quadratic function of two variables."""

import centraldiff as cd


def quadratic(x):
    return x[0] ** 2 + 3 * x[0] * x[1] + 2 * x[1] ** 2


print("gradient", cd.gradient(quadratic, [1, 1]).round(8))
print("Hessian", cd.hessian(quadratic, [1, 1]).round(6).tolist())
