-- Writes into the audit trail what changed nothing in the ledger. call: who, what, on, result.

return audited(call.on, call.result, {})
