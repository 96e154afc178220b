"""Everything goes wrong at once, from a printed seed: `python -m tests.chaos --help`.

proxy      between our processes and Redis: swallows answers of commands that were executed, and is slow
nemesis    kills, freezes and restarts receiver, workers and Redis, and breaks the provider
run        the service, its customers and the nemesis, until all has come to rest
verdict    what was acknowledged, what the provider saw and what the ledger says: lost, late, doubled
recovery   one kill at a time, and how long customers wait for it
report     the tables
"""
