"""HTTP in, and people: the receiver of webhooks, the command line, the sandbox.

The path of a webhook: `app` routes it to `webhooks`, which has `inbound/<provider>` verify and read it, and hands the
message to the ledger of `worker`. Nothing here sends a reply or knows a rule.
"""

__version__ = "0.1.0"
