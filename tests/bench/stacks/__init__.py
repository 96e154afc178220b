"""The same task as one would first write it, on other queues: webhook in, a loop over the rules, reply out.

Each is a script of its own, since some need other versions of the libraries than we do. They verify no signature, keep
no record and promise nothing. Settings come from the environment: BENCH_REDIS (URL), BENCH_PROVIDER (URL) and
BENCH_RULES (a JSON file: a list of phrases for each rule).
"""
