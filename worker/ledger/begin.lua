-- Writes down, before the first byte of the request, that an attempt to send begins, and until when it may last.
-- call: id, fence, attempt, fields of the decision, remember (the conversation's). Answers: milliseconds; or why not.

local key = RECORD .. call.id
local record = hash(key)
-- The caller has not sent yet, so its own begun attempt is no obstacle: only our answer to it got lost.
local again = (record.state == 'sending' or record.state == 'unconfirmed') and tonumber(record.attempt) == call.attempt
if tonumber(record.fence) ~= call.fence or not (record.state == 'claimed' or again) then
  count('fenced_off')
  return answer({refused = record.state or 'unknown'})
end
write(record.conversation, call.remember)
write(key, call.fields)
if too_late(record) then
  close_window(call.id)
  return answer({refused = 'window_closed'})
end
local deadline = math.min(now + SEND_TIMEOUT, window(record) - MARGIN)
redis.call('HSET', key, 'attempt', call.attempt, 'deadline', deadline)
move(call.id, 'sending', deadline + GRACE)
return answer({milliseconds = deadline - now})
