/* SPDX-License-Identifier: Apache-2.0 */
#include "base/statistic.h"

#include <math.h>

#include "base/banned.h"

enum { FRACTION_STEPS = 300, HALVINGS = 60 };

/* The continued fraction of the incomplete beta function (NIST DLMF 8.17.22), by Lentz. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m <= FRACTION_STEPS; m++) {
        for (int odd = 0; odd < 2; odd++) {
            double term = odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                              : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 + term * d;
            c = 1 + term / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            value *= d * c;
        }
        if (fabs(d * c - 1) < 1e-12)
            break;
    }
    return value;
}

/* The regularised incomplete beta function I_x(a, b), DLMF 8.17. */
static double beta(double a, double b, double x)
{
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* The x at which I_x(a, b) is `share`. */
static double beta_quantile(double a, double b, double share)
{
    double low = 0, high = 1;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (beta(a, b, middle) < share)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct ak_interval ak_interval_of(uint64_t hits, uint64_t trials, double confidence)
{
    struct ak_interval interval = {0, 1};
    double tail = (1 - confidence) / 2, k = (double)hits, n = (double)trials;
    if (trials == 0)
        return interval;
    if (hits > 0)
        interval.low = beta_quantile(k, n - k + 1, tail);
    if (hits < trials)
        interval.high = beta_quantile(k + 1, n - k, 1 - tail);
    return interval;
}
