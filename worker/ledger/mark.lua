-- An operator notes something of a conversation, or strikes it out: that the person has opted out, or a tag.
-- call: who, what, on (the person's keyed hash), conversation, field, is_on. Answers: nothing; or why not.

local function refused(why)
  return audited(call.on, 'refused: ' .. why, {refused = why})
end

local person = fields_of(call.conversation)
if not next(person) then return refused('unknown') end
if (person[call.field] ~= nil) == call.is_on then return refused('same') end
if call.is_on then write(call.conversation, {[call.field] = now}) else take_away(call.conversation, call.field) end
return audited(call.on, 'done', {})
