"""The monitor: what has changed in the traffic, in its outcomes and in the serving. Pure functions of records and numbers.

One look at one window spends one level, its part of the alarm budget, over all its columns and checks. What it tells is real,
beyond what varied from period to period before, and large, beyond what `large.LARGE` says matters. What is too small for one
window is gathered from window to window (`detectors`), for the other half of the budget.
"""
