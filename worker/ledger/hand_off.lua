-- An operator takes a person's conversations over, or gives them back.
-- call: who, what (hand-off or resume), conversations (keys), on (the person's keyed hash), span (ms).
-- Answers: conversations (how many); or why not.

local known, changed = 0, 0
for _, conversation in ipairs(call.conversations) do
  if redis.call('EXISTS', conversation) == 1 then
    known = known + 1
    if call.what == 'hand-off' then
      write(conversation, {handed_off_until = now + call.span})
      keep(conversation)
      changed = changed + 1
    else
      local over = tonumber(fields_of(conversation).handed_off_until or 0) <= now
      take_away(conversation, 'handed_off_until')
      unplace(HANDED_OFF, conversation:sub(#CONVERSATION + 1))
      if not over then changed = changed + 1 end
    end
  end
end
if changed == 0 then
  local why = known == 0 and 'unknown' or 'open'
  return audited(call.on, 'refused: ' .. why, {refused = why})
end
return audited(call.on, 'done', {conversations = changed})
