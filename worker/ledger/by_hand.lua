-- An operator answers a person. The text becomes a record of its own, decided already, and goes the way of all replies.
-- call: who, what, on (the person's keyed hash), id (the new record's), account, known (whether the settings name it),
-- conversation, text, quotes (the message that it answers) or none. Answers: key, and again where it was there; or why not.

local function refused(why)
  return audited(call.on, 'refused: ' .. why, {refused = why})
end

-- The same once more, or a text that was written anew in a form that has sent one: its writer says whether both shall go
-- out. Of a record that is gone nobody knows.
if redis.call('EXISTS', SEEN .. call.id) == 1 then
  local sent = some(RECORD .. call.id, 'conversation', 'reply')
  if sent.conversation ~= call.conversation or sent.reply ~= call.text then return refused('token') end
  return answer({key = call.id, again = true})
end
if not call.known then return refused('unknown') end

-- What the person wrote, and the provider knows by an id.
local function may_be_quoted(id)
  local record = outline(id, 'by', 'message_id', 'sender', 'recipient', 'closed')
  if record.conversation == call.conversation and is_whole(record) and not is_newer(record) and not record.by
    and record.message_id and record.sender and record.recipient then return record end
end

-- Raises where one of them is something else, before anything is written.
local history, line = HISTORY .. call.conversation:sub(#CONVERSATION + 1), line_of(call.conversation)
redis.call('ZCARD', history)
redis.call('ZCARD', line)
if redis.call('HLEN', call.conversation) == 0 then return refused('quoted') end

local quotes, quoted = call.quotes, call.quotes and may_be_quoted(call.quotes)
if not call.quotes then
  for _, id in ipairs(redis.call('ZREVRANGE', history, 0, PAGE - 1)) do
    quoted = may_be_quoted(id)
    if quoted then
      quotes = id
      break
    end
  end
end
if not quoted then return refused('quoted') end
if too_late(quoted) then return refused('window') end
if fields_of(call.conversation).opted_out then return refused('opted_out') end

redis.call('SET', SEEN .. call.id, 1, 'PX', KNOWN)
local fields = {format = FORMAT, account = call.account, conversation = call.conversation, event_id = '',
  message_id = quoted.message_id, sender = quoted.sender, recipient = quoted.recipient, text = '', quotes = quotes,
  window = window(quoted), closed = quoted.closed, sent_at = now, received_at = now, first = 0, fence = 0, attempt = 0,
  crashes = 0, rung_at = now, ring = 0, reply = call.text, by = call.who, decided_at = now, counted = 1}
move(call.id, 'queued', nil, fields, {})
redis.call('PEXPIRE', RECORD .. call.id, RETENTION)
redis.call('ZADD', history, now, call.id)
redis.call('PEXPIRE', history, RETENTION)
count('by_hand')
join_line(call.id, fields)
return audited(call.on, 'done', {key = call.id})
