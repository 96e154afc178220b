-- Claims a queued message under a lease. The fence rises with each claim: whoever holds an older one is not heard.
-- call: id, owner. Answers: record, conversation and now; or why not.

local key = RECORD .. call.id
local record = hash(key)
if not record.state then return answer({refused = 'unknown'}) end
local again = record.state == 'claimed' and record.owner == call.owner  -- our answer got lost on its way
if record.state ~= 'queued' and not again then
  count('idle_ring')
  return answer({refused = record.state})
end
if too_late(record) then
  close_window(call.id)
  return answer({refused = 'window_closed'})
end
if not again then redis.call('HSET', key, 'fence', record.fence + 1, 'owner', call.owner) end
move(call.id, 'claimed', now + LEASE)
return answer({record = hash(key), conversation = hash(record.conversation), now = now})
