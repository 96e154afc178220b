-- Writes what came of it. Evidence beats suspicion: an attempt that the sweeper gave up as unconfirmed is settled too,
-- and one of which a delivery event has told already stays what that said.
-- call: id, fence, attempt, to (queued: the provider says that the window is over, and there is a template), fields,
-- remember, notices, known_as (the reply's name, by its provider's id) or none, delay (ms, when it shall be looked at
-- again), health (of the account), polled (whether its provider must be asked what becomes of it). Answers: whether it
-- counted, and what became of the account.

local key = RECORD .. call.id
local record = outline(call.id, 'closed', 'begun_at', 'template', 'key', 'key_at', 'attempt:' .. call.attempt,
  'evidence:' .. call.attempt, 'part:' .. call.attempt, 'received_at')
local known = record['attempt:' .. call.attempt]  -- our answer got lost on its way
local latest = tonumber(record.attempt) == call.attempt
-- It was taken for lost, and waits to be sent again, whoever has claimed it since: but it was sent.
local untold = not known and not record['evidence:' .. call.attempt]
local heard = call.to == 'sent' and latest and untold and HOLDS_TURN[record.state]
local ours = latest and tonumber(record.fence) == call.fence or heard
local open = heard or record.state == 'claimed' or record.state == 'sending' or record.state == 'unconfirmed'
-- The provider's id of the reply leads to its message from here on.
if ours and call.known_as and (open or record['evidence:' .. call.attempt] or record.state == call.to) then
  redis.call('SET', REPLY .. call.known_as, call.id, 'PX', RETENTION)
end
local account
if record.account then
  if call.health then account = judge(record.account, call.id, call.health) else unprobe(record.account, call.id) end
end
local part, parts = part_of(record, call.attempt)
if ours and call.to == 'sent' and not known then
  evidence(record.account, tonumber(record.begun_at), 'sent')
  if not part or part == 1 then in_this_minute('ms:' .. latency(record)) end
end
-- In `claimed` it is not the attempt that is settled, but a message for which there will be none.
if ours and record.state ~= 'claimed' and record['evidence:' .. call.attempt] then
  write(key, call.fields)
  return answer({settled = true, account = account})
end
if ours and record.state == call.to then
  if not known then write(key, call.fields) end  -- the sweeper was before us
  return answer({settled = true, account = account})
end
local more = part and part < parts
if ours and more and known and not open then return answer({settled = true, account = account}) end
if not (ours and open) then
  count('fenced_off')
  return answer({settled = false, account = account})
end
write(record.conversation, call.remember)
if call.remember.handed_off_until then keep(record.conversation) end
post(call.id, call.notices)
hit(call.fields.rule)
if call.to == 'queued' then
  write(key, call.fields)
  expire(call.id, record)
  return answer({settled = true, account = account})
end
if call.to == 'sent' and more then
  write(key, call.fields)
  go_on(call.id, record, part)
  return answer({settled = true, account = account})
end
-- A retry that would come after the window's end is looked at then, and closed.
local due = call.delay and now + call.delay
if due and call.to ~= 'unconfirmed' and tonumber(record.template) ~= call.attempt then due = math.min(due, window(record)) end
if call.to == 'paused' then
  pause(call.id, record, call.fields)
else
  move(call.id, call.to, due, call.fields, record)
end
if call.to == 'sent' and call.polled then
  redis.call('ZADD', QUESTIONS .. record.account, now + ASK_FROM, call.id)
  redis.call('PEXPIRE', QUESTIONS .. record.account, RETENTION)
end
count(call.to)
return answer({settled = true, account = account})
