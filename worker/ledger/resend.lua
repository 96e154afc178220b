-- An operator sends a message round again, with the reply that was decided for it. It was counted when it was decided,
-- so it is not counted once more (see begin.lua).
-- call: who, what, id. Answers: before (its state); or why not.

local AGAIN = {unconfirmed = true, failed = true, rejected = true, given_up = true}
local ARRIVED = {sent = true, delivered = true, read = true}

local key = RECORD .. call.id
local record = hash(key)
local function refused(why)
  return audited(record.state and call.id or '?', 'refused: ' .. why, {refused = why, before = record.state})
end

if not record.state then return refused('unknown') end
if is_newer(record) then return refused('newer') end
if not is_whole(record) then return refused('damaged') end
if not AGAIN[record.state] then return refused('state') end
for attempt = 1, tonumber(record.attempt) do
  local part = part_of(record, attempt)
  local before = part and part <= tonumber(record.part or 0)  -- a part of the reply that is not sent again
  if not before and ARRIVED[record['evidence:' .. attempt]] then return refused('arrived') end
end
if record.template then return refused('template') end
if too_late(record) then return refused('window') end
if opted_out_since(record) then return refused('opted_out') end

redis.call('HSET', key, 'crashes', 0)
-- What is known to have failed was known by that key, and with it nothing more would be sent.
if record.state == 'failed' or record.state == 'rejected' or not key_is_known(record) then forget_key(call.id) end
redis.call('HINCRBY', key, 'resent', 1)  -- so the sweeper does not send it by itself once more
redis.call('HDEL', key, 'reason', 'hold')
count('resent')
move(call.id, 'queued')
-- Into its conversation's line: it waits for what is being answered now, and nothing newer goes before it.
local line = line_of(record.conversation)
redis.call('ZADD', line, record.sent_at, call.id)
redis.call('PEXPIRE', line, RETENTION)
if not turn_of(record.conversation) then give_turn(record.conversation, first_of(line)) end
return audited(call.id, 'done', {before = record.state})
