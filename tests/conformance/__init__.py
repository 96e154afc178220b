"""What every adapter must pass: one `Subject` a provider, and the tests that ask all of them the same questions.

A new adapter writes a subject beside these, adds it to `SUBJECTS`, and is done when `pytest tests/conformance` passes:
its sandbox, its webhooks, its errors, and what its documents show word by word.
"""
