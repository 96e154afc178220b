-- An operator notes something of a conversation, or strikes it out: that the person has opted out, or a tag.
-- call: who, what, on (the person's keyed hash), conversation, field, is_on. Answers: nothing; or why not.

local function refused(why)
  return audited(call.on, 'refused: ' .. why, {refused = why})
end

if redis.call('EXISTS', call.conversation) == 0 then return refused('unknown') end
local is_on = redis.call('HEXISTS', call.conversation, call.field) == 1
if is_on == call.is_on then return refused('same') end
if call.is_on then
  redis.call('HSET', call.conversation, call.field, now)
else
  redis.call('HDEL', call.conversation, call.field)
end
return audited(call.on, 'done', {})
