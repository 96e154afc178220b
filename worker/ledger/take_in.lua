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
move(call.id, 'queued')

local line, history = line_of(conversation), HISTORY .. conversation:sub(#CONVERSATION + 1)
redis.call('ZADD', line, call.sent_at, call.id)
redis.call('PEXPIRE', line, RETENTION)
redis.call('ZADD', history, now, call.id)
redis.call('ZREMRANGEBYSCORE', history, '-inf', now - RETENTION)
redis.call('PEXPIRE', history, RETENTION)

local turn, held = turn_of(conversation)
local ahead = redis.call('ZRANGE', line, 0, 0)[1]
if not turn or (held.state == 'queued' and turn ~= ahead) then  -- an earlier one that came late goes first
  if turn then redis.call('ZREM', READY .. held.account, turn) end
  give_turn(conversation)
elseif held.hold then  -- it waits whether more is said: so it was
  make_ready(turn, held)
end
return answer({what = 'new'})
