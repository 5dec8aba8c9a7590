"""`./orderwright bench`: ratios between servers that run beside each other, and the goals that are set for them.

command      what the command line asks for, from the first database to the last line
stage        databases: seeded once, copied for every run, checked after it
environments where the peers' packages live; peers in `peers/`
servers      the processes under test: started, awaited, weighed, stopped
placements   what the product sends to place an order, caught on its way
floor        a server that does nothing else than that
limit        pgbench
load         sends requests, and measures
workloads    what is sent
rounds       who is measured when
goals        G1 … G10
report       table, JSON, plot
"""
