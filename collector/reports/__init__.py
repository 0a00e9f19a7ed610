"""Questions and answers, without an engine.

spec        what may be asked, checked before anything runs
chains      the funnel's kernel: how far one unit gets
statistics  rates, intervals, quantiles
answer      one shape for every report: JSON, CSV, table
"""
