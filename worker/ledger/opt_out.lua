-- The provider says that somebody wants no more. call: conversation.

local first_seen = fields_of(call.conversation).first_seen or now
write(call.conversation, {first_seen = first_seen, opted_out = now, last_seen = now})
place(CONVERSATIONS, call.conversation:sub(#CONVERSATION + 1), now)
keep(call.conversation, RETENTION)
count('unsubscribed')
return answer({})
