-- Takes notices that are due under a lease: one that is not settled when it ends is due again. The number of its tries is
-- its fence.
-- call: each (how many of one endpoint the caller tells at a time), under_way (how many of them it does, by endpoint).
-- Answers: taken, as [number, endpoint, body, tries]; gone, the numbers of those whose life has ended untold.

local taken, gone = {}, {}
for _, endpoint in ipairs(redis.call('SMEMBERS', NOTIFIED)) do
  local due = NOTICES .. endpoint
  local room = call.each - (call.under_way[endpoint] or 0)
  local numbers = room > 0 and redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, room) or {}
  for _, number in ipairs(numbers) do
    local body = redis.call('HGET', NOTICE .. number, 'body')
    if body then
      local tries = redis.call('HINCRBY', NOTICE .. number, 'tries', 1)
      redis.call('ZADD', due, now + SEND_TIMEOUT + GRACE, number)
      taken[#taken + 1] = {number, endpoint, body, tries}
    else
      forget_notice(endpoint, number)
      count('notice_given_up')
      gone[#gone + 1] = number
    end
  end
  if redis.call('EXISTS', due) == 0 then redis.call('SREM', NOTIFIED, endpoint) end
end
return answer({taken = taken, gone = gone})
