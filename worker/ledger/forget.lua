-- Erases a person, some records at a time. Whoever has one of them in hand, a worker that is sending or a delivery event
-- that is late, finds no record and writes nothing. What says that a message is known (SEEN, EVENT) stays: it holds ids
-- of the provider's alone, and without it a webhook that is delivered again would bring the text back.
-- call: who, what, on (the person's keyed hash), people (account:sender), ids and notices that were found besides,
-- trail (what the audit trail shall say now) or none. Answers: records, conversations and notices (how many went), left.

local records, conversations, notices, left = 0, 0, 0, 0

local function erase(id)
  local record = hash(RECORD .. id)
  for name, value in pairs(record) do
    if name:match('^known:') then redis.call('DEL', REPLY .. value) end
  end
  if record.account then
    unprobe(record.account, id)
    unplace(READY .. record.account, id)
    redis.call('ZREM', QUESTIONS .. record.account, id)
  end
  if record.state then unplace(STATE .. record.state, id) end
  unplace(DUE, id)
  if redis.call('DEL', JOB_PREFIX .. id, RESULTS_PREFIX .. id, CORRUPT .. id) > 0 then
    redis.call('LREM', QUEUE_KEY, 0, id)
    redis.call('ZREM', FAILED_KEY, id)
  end
  records = records + redis.call('DEL', RECORD .. id)
end

for _, id in ipairs(call.ids) do erase(id) end
for _, person in ipairs(call.people) do
  -- First, so that nobody is given a turn. What still has a record may write them again, until the last one is gone.
  conversations = conversations + redis.call('DEL', CONVERSATION .. person)
  remembered[CONVERSATION .. person] = nil
  redis.call('DEL', LINE .. person)
  unplace(CONVERSATIONS, person)
  unplace(HANDED_OFF, person)
  local history = HISTORY .. person
  -- Something else in its place keeps nobody from being forgotten: its records are found by the look at every key.
  if redis.call('TYPE', history).ok ~= 'zset' then redis.call('DEL', history) end
  for _, id in ipairs(redis.call('ZRANGE', history, 0, PAGE - 1)) do
    erase(id)
    redis.call('ZREM', history, id)
  end
  left = left + redis.call('ZCARD', history)
end
for _, number in ipairs(call.notices) do
  local endpoint = redis.call('HGET', NOTICE .. number, 'endpoint')
  if endpoint then
    forget_notice(endpoint, number)
    notices = notices + 1
  end
end
local value = {records = records, conversations = conversations, notices = notices, left = left}
if call.trail then return audited(call.on, call.trail, value) end
return answer(value)
