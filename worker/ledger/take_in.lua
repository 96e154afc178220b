-- Takes a message in, once, however often and under however many event ids it comes.
-- call: id, account, event_id, conversation, fields of the record (account among them), window and sent_at in ms.
-- Answers: what it was.

-- Nobody knows any more whether it was taken in before. Providers stop sending again before that: this is a replay.
if call.sent_at < now - KNOWN then
  count('too_old')
  return answer({what = 'too_old'})
end

-- Known from here on, in the same step that asks what it was known for.
local known_for = redis.call('SET', EVENT .. call.account .. ':' .. call.event_id, call.id, 'NX', 'GET', 'PX', KNOWN)
if known_for and known_for ~= call.id then  -- the message itself is not known for it, and may still come in its own event
  count('conflict')
  return answer({what = 'conflict'})
end
if known_for or not redis.call('SET', SEEN .. call.id, 1, 'NX', 'PX', KNOWN) then
  count('duplicate')
  return answer({what = 'duplicate'})
end

local conversation = call.conversation
local person = fields_of(conversation)
local first = person.first_seen and 0 or 1  -- whether no earlier message is remembered
write(conversation, {first_seen = person.first_seen or now, last_seen = now,
  window = math.max(number(person.window) or 0, call.window)})
keep(conversation, RETENTION)

local fields = call.fields
fields.format, fields.conversation, fields.window, fields.received_at = FORMAT, conversation, call.window, now
fields.first, fields.fence, fields.attempt, fields.crashes, fields.rung_at = first, 0, 0, 0, now
fields.ring = 0  -- a number of the first format's: its sweeper, which may still run beside us, stops at a record without
move(call.id, 'queued', nil, fields, {})
redis.call('PEXPIRE', RECORD .. call.id, RETENTION)
count('taken_in')

local talk = conversation:sub(#CONVERSATION + 1)
local history = HISTORY .. talk
place(CONVERSATIONS, talk, now)
redis.call('ZADD', history, now, call.id)
if first == 0 then redis.call('ZREMRANGEBYSCORE', history, '-inf', now - RETENTION) end
redis.call('PEXPIRE', history, RETENTION)

local turn, held = join_line(call.id, fields)
if turn and held.state == 'queued' and held.hold then make_ready(turn, held) end  -- it waits whether more is said: so it was
return answer({what = 'new'})
