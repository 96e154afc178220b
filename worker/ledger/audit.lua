-- The trail of what operators do, behind shared.lua: stream AUDIT, written together with the change it tells of. A
-- person stands in it as a keyed hash, and what was not found is not named: it may be anything that somebody typed.
-- call: who, what. Answers the script's answer.
local function audited(on, result, value)
  if call.bulk then return answer(value) end  -- one of many, which stand there together
  redis.call('XADD', AUDIT, 'MAXLEN', AUDIT_LENGTH, '*', 'at', now, 'who', call.who, 'what', call.what, 'on', on,
    'result', result)
  redis.call('XTRIM', AUDIT, 'MINID', string.format('%.0f', now - AUDIT_KEPT))
  redis.call('PEXPIRE', AUDIT, AUDIT_KEPT)
  return answer(value)
end
