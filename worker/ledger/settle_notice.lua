-- Writes what came of a notice.
-- call: number, endpoint, tries (the fence), what (sent, failed, or refused: never again), why (a code), wait (ms before
-- the next try). Answers what became of it: sent, failed, given_up, or overtaken where another has it, or had it, meanwhile.

local key = NOTICE .. call.number
local notice = some(key, 'tries', 'failed', 'why')
if not notice.tries then return answer({what = 'overtaken'}) end
if call.what == 'sent' then  -- whoever else has it: it was told
  forget_notice(call.endpoint, call.number)
  count('notice_sent')
  return answer({what = 'sent'})
end
if tonumber(notice.tries) ~= call.tries then return answer({what = 'overtaken'}) end
if tonumber(notice.failed) == call.tries then return answer({what = 'failed'}) end  -- our answer got lost on its way
count('notice_failed')
if call.why == 'unknown_endpoint' and notice.why ~= call.why then count('notice_unknown') end  -- once for each notice
if call.what == 'refused' or call.wait >= redis.call('PTTL', key) then
  forget_notice(call.endpoint, call.number)
  count('notice_given_up')
  return answer({what = 'given_up'})
end
redis.call('HSET', key, 'failed', call.tries, 'why', call.why)
redis.call('ZADD', NOTICES .. call.endpoint, now + call.wait, call.number)
return answer({what = 'failed'})
