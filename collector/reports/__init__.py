"""Questions and answers, without an engine.

spec          reading a question: durations, times, defaults, errors that name the field
questions     the questions, made of `parts`, filled in by `presets`, refused by `checks`
chains        the funnel's kernel: how far one unit gets; `marks`, `ordered`, `adjacent`, `unordered`, `assignment`
trace         one unit's way through a funnel, and why it ended there
tally         a funnel's units added up; `buckets` are a trend's intervals, `funnel` the answer
carts         what became of carts; `abandonment` does checkouts, forms and pages
attribution   conversions to touches, by `models`
statistics    rates, intervals, quantiles; `experiments`, `lifetime` and `ratios` are the field's own
caution       when figures are too few to be compared
answer        one shape for every report: JSON, CSV; `remark` are its notes; `table` draws it for a terminal
"""
