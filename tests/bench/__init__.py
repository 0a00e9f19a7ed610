"""The numbers to hold, each measured beside its limit in the same run. Never timed tests.

dataset   a deterministic log of any size, sealed by the real sealing
copies    segments alone, for more events than a log should be written of: `python -m tests.bench.hundred`
browsers  requests as browsers send them            load     a light sender of such requests
server    the real server as a process              bare     the same server, answering an empty 202
peer      ClickHouse (chdb) on the same segments    table    rows, verdicts, Markdown
ingest, reports, footprint, toolkit   what is measured
"""
