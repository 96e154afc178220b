-- Writes what came of it. Evidence beats suspicion: an attempt that the sweeper gave up as unconfirmed is settled too.
-- call: id, fence, attempt, to, fields, remember, delay (ms, where it shall be tried again). Answers: whether it counted.

local key = RECORD .. call.id
local record = hash(key)
local ours = tonumber(record.fence) == call.fence and tonumber(record.attempt) == call.attempt
local open = record.state == 'claimed' or record.state == 'sending' or record.state == 'unconfirmed'
if ours and record.state == call.to then return answer({settled = true}) end  -- our answer got lost on its way
if not (ours and open) then
  count('fenced_off')
  return answer({settled = false})
end
write(key, call.fields)
write(record.conversation, call.remember)
-- A retry that would come after the window's end is looked at then, and closed.
move(call.id, call.to, call.delay and math.min(now + call.delay, window(record)))
count(call.to)
return answer({settled = true})
