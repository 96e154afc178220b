-- Takes a message in, once, however often and under however many event ids it comes.
-- call: id, account, event_id, conversation, fields of the record, window and sent_at in ms. Answers: what it was.

-- Nobody knows any more whether it was taken in before. Providers stop sending again before that: this is a replay.
if call.sent_at < now - KNOWN then
  count('too_old')
  return answer({what = 'too_old'})
end

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
local newest = number(redis.call('HGET', conversation, 'window')) or 0
local first = redis.call('HSETNX', conversation, 'first_seen', now)  -- 1 where no earlier message is remembered
redis.call('HSET', conversation, 'last_seen', now, 'window', math.max(newest, call.window))
keep(conversation, RETENTION)

local record = RECORD .. call.id
write(record, call.fields)
-- `ring` is a number of the first format's: its sweeper, which may still run beside us, stops at a record without.
redis.call('HSET', record, 'format', FORMAT, 'conversation', conversation, 'window', call.window,
  'received_at', now, 'first', first, 'fence', 0, 'attempt', 0, 'crashes', 0, 'ring', 0)
redis.call('PEXPIRE', record, RETENTION)
count('taken_in')
move(call.id, 'queued')

local history = HISTORY .. conversation:sub(#CONVERSATION + 1)
redis.call('ZADD', history, now, call.id)
redis.call('ZREMRANGEBYSCORE', history, '-inf', now - RETENTION)
redis.call('PEXPIRE', history, RETENTION)

join_line(call.id, {conversation = conversation, sent_at = call.sent_at, account = call.account, window = call.window})
local turn, held = turn_of(conversation)
if held.state == 'queued' and held.hold then make_ready(turn, held) end  -- it waits whether more is said: so it was
return answer({what = 'new'})
