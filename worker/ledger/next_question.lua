-- Of which reply of an account its provider may be asked now: of those that are due the one that came due last, because
-- a new one has most to tell. Each is asked for at ages that double, from ASK_FROM to ASK_UNTIL.
-- call: account, every (ms between two questions, whoever asks), rate (as in begin.lua) or none.
-- Answers: id, attempt, provider_id; or why not.

if not redis.call('SET', ASKED .. call.account, 1, 'NX', 'PX', call.every) then return answer({refused = 'soon'}) end
if shut(call.account) then return answer({refused = 'account'}) end

local due = QUESTIONS .. call.account
for _, id in ipairs(redis.call('ZREVRANGEBYSCORE', due, now, '-inf', 'LIMIT', 0, SWEEP_AT_MOST)) do
  local record = some(RECORD .. id, 'state', 'changed_at', 'attempt', 'provider_id', 'format')
  local age = now - tonumber(record.changed_at or 0)
  if record.state ~= 'sent' or not record.provider_id or is_newer(record) or age > ASK_UNTIL then
    redis.call('ZREM', due, id)
  else
    -- Questions count where replies do (Mojeeb: Rate limits).
    local limits = call.rate and {{ACCOUNT .. call.account, 'allowed', 1000 / call.rate, math.max(call.rate, 1)}} or {}
    if wait_for(limits) > 0 then return answer({refused = 'rate'}) end
    redis.call('ZADD', due, now + math.max(ASK_FROM, age), id)
    return answer({id = id, attempt = tonumber(record.attempt), provider_id = record.provider_id})
  end
end
return answer({refused = 'nothing is due'})
