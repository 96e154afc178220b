"""Redis, RQ and HTTP out: from a message that was taken in to a reply that was sent.

The life of a message, a file for each step:

1. `ledger` takes it in: one script writes its record, remembers its ids and rings for a worker.
2. `rq_worker` hears the ring, an RQ job that carries the message's key and nothing else.
3. `answering` claims the record, asks `rules` what to say, and writes down that it is about to send.
4. `outbound/<provider>` sends, and says which of six things the provider's answer means.
5. `ledger` settles the record. What died on the way, `sweeper` finds and rings for again.

The ledger is the truth and the job a doorbell: rung twice, late or never, it changes nothing the ledger does not allow.
"""
