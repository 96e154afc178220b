-- Writes down, before the first byte of the request, that an attempt to send begins, and until when it may last.
-- call: id, fence, attempt, fields of the decision; for the conversation: remember (what the actions change) and fired
-- (the rule's time). Answers: milliseconds; or why not.

local key = RECORD .. call.id
local record = hash(key)
-- The caller has not sent yet, so its own begun attempt is no obstacle: only our answer to it got lost.
local again = (record.state == 'sending' or record.state == 'unconfirmed') and tonumber(record.attempt) == call.attempt
if tonumber(record.fence) ~= call.fence or not (record.state == 'claimed' or again) then
  count('fenced_off')
  return answer({refused = record.state or 'unknown'})
end
-- A second attempt sends what the first decided, in the words of the book of that time, and is no second reply. So is
-- one that asks again since our answer got lost.
local decided = record.reply
if not decided then
  write(record.conversation, call.remember)
  write(key, call.fields)
end
if too_late(record) then
  close_window(call.id)
  return answer({refused = 'window_closed'})
end
if not decided then
  local replied = redis.call('HGET', record.conversation, 'replied') or ''
  write(record.conversation, call.fired)
  -- 14 characters each: a blank and the milliseconds.
  redis.call('HSET', record.conversation, 'replied', (replied .. ' ' .. now):sub(-14 * REPLIES))
end
local deadline = math.min(now + SEND_TIMEOUT, window(record) - MARGIN)
redis.call('HSET', key, 'attempt', call.attempt, 'deadline', deadline)
move(call.id, 'sending', deadline + GRACE)
return answer({milliseconds = deadline - now})
