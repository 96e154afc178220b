-- Writes down, before the first byte of the request, that an attempt to send begins, and until when it may last.
-- call: id, fence, attempt, fields of the decision; for the conversation: remember (what the actions change) and fired
-- (the rule's time); notices; template (whether it is one, for a closed window); late (whether there is one); rate (a
-- second, of the account) or none; idempotent (whether the provider knows a reply again by its key); of a reply in parts:
-- part (`2/3`) and longest (characters of each, which must not change on the way).
-- Answers: milliseconds and, with a key, the first attempt that it was for; or why not.

local key = RECORD .. call.id
local record = outline(call.id, 'closed', 'reply', 'decided_at', 'counted', 'template', 'resent', 'key', 'key_at')
-- The caller has not sent yet, so its own begun attempt is no obstacle: only our answer to it got lost.
local again = (record.state == 'sending' or record.state == 'unconfirmed') and tonumber(record.attempt) == call.attempt
if tonumber(record.fence) ~= call.fence or not (record.state == 'claimed' or again) then
  count('fenced_off')
  return answer({refused = record.state or 'unknown'})
end
-- A second attempt sends what the first decided, in the words of the book of that time, and is no second reply. So is
-- one that asks again since our answer got lost.
local decided = record.reply
local begun = decided and {} or call.fields
record.decided_at = record.decided_at or call.fields.decided_at
-- The decision stands, though nothing is sent.
local function refuse(why)
  write(key, begun)
  return answer({refused = why})
end

local says = not decided and call.remember.opted_out ~= nil  -- the decision itself: later than what was heard before
if not call.template and not says and opted_out_since(record) then
  unprobe(record.account, call.id)
  if not decided then
    requeue(call.id, record)  -- the book is asked again
  elseif record.key or record.resent then
    leave_unconfirmed(call.id)  -- it may have been sent before that, and nobody knows
  else
    redis.call('HSET', key, 'reason', 'opted_out')
    move(call.id, 'silent')
    count('silent')
  end
  return answer({refused = 'opted_out'})
end
if not decided then
  write(record.conversation, call.remember)
  if call.remember.handed_off_until then keep(record.conversation) end
  post(call.id, call.notices)
  hit(call.fields.rule)
end
if call.template then
  -- Once for each closed window, however many messages wait in it.
  local of = tostring(window(record))
  local person = fields_of(record.conversation)
  local why = person.opted_out and 'opted_out'  -- this message itself may have said so
    or tonumber(person.handed_off_until or 0) > now and 'handed_off'
    or person.template_for == of and person.template_by ~= call.id and 'one_template'
  if why then
    unprobe(record.account, call.id)
    close_window(call.id, why)
    return refuse('window_closed')
  end
  write(record.conversation, {template_for = of, template_by = call.id})
elseif too_late(record) then
  unprobe(record.account, call.id)
  if call.late then requeue(call.id, record) else close_window(call.id) end
  return refuse('window_closed')
end

-- A provider that knows the key no more, or another one, would send it twice.
if record.key and not (call.idempotent and key_is_known(record)) then
  forget_key(call.id)
  unprobe(record.account, call.id)
  leave_unconfirmed(call.id)
  return refuse('key')
end

if not again then
  local why = shut(record.account, call.id)
  if why then
    pause(call.id, record)
    return refuse(why)
  end
  local limits = {{record.conversation, 'allowed', PAIR_EVERY, PAIR_BURST}}
  if call.rate then limits[2] = {ACCOUNT .. record.account, 'allowed', 1000 / call.rate, math.max(call.rate, 1)} end
  local wait = wait_for(limits)
  if wait > 0 then
    move(call.id, 'retrying', now + wait)
    return refuse('rate')
  end
end

-- Not with the decision: that may have been refused its first attempt, by the account or a rate. The first format
-- counted without writing so, and sent no templates.
begun.attempt, begun.begun_at = call.attempt, now
local counted = record.counted or tonumber(record.attempt) > 0 and not record.template
if not call.template and not counted then
  begun.counted = 1
  local replied = fields_of(record.conversation).replied or ''
  call.fired.replied = (replied .. ' ' .. now):sub(-14 * REPLIES)  -- 14 characters each: a blank and the milliseconds
  write(record.conversation, call.fired)
end
local deadline = now + SEND_TIMEOUT
if not call.template then deadline = math.min(deadline, window(record) - MARGIN) end
begun.deadline = deadline
if call.template then begun.template = call.attempt end
local first
if call.idempotent and not call.template then
  first = tonumber(record.key or call.attempt)
  if not record.key then begun.key, begun.key_at = first, now end
end
if call.part then begun['part:' .. call.attempt], begun.longest = call.part, call.longest end
move(call.id, 'sending', deadline + GRACE, begun, record)
return answer({milliseconds = deadline - now, first = first})
