-- Takes a message in, once, however often and under however many event ids it comes.
-- call: id, account, event_id, conversation, fields of the record, window and sent_at in ms. Answers: what it was.

local event, seen = EVENT .. call.account .. ':' .. call.event_id, SEEN .. call.id
local known = redis.call('GET', event)
if known and known ~= call.id then  -- the message itself is not known for it, and may still come in its own event
  count('conflict')
  return answer({what = 'conflict'})
end
if known or redis.call('EXISTS', seen) == 1 then
  if not known then redis.call('SET', event, call.id, 'PX', KNOWN) end
  count('duplicate')
  return answer({what = 'duplicate'})
end
redis.call('SET', event, call.id, 'PX', KNOWN)
redis.call('SET', seen, 1, 'PX', KNOWN)

local conversation = call.conversation
local newest = tonumber(redis.call('HGET', conversation, 'window') or 0)
local first = redis.call('HSETNX', conversation, 'first_seen', now)  -- 1 where no earlier message is remembered
redis.call('HSET', conversation, 'last_seen', now, 'window', math.max(newest, call.window))
redis.call('PEXPIRE', conversation, RETENTION)

local record = RECORD .. call.id
write(record, call.fields)
redis.call('HSET', record, 'format', FORMAT, 'conversation', conversation, 'window', call.window,
  'received_at', now, 'first', first, 'fence', 0, 'attempt', 0, 'crashes', 0)
redis.call('PEXPIRE', record, RETENTION)
count('taken_in')
if too_late(hash(record)) then close_window(call.id) else ring(call.id) end
return answer({what = 'new'})
