-- The provider says that somebody wants no more. call: conversation.

redis.call('HSETNX', call.conversation, 'first_seen', now)
redis.call('HSET', call.conversation, 'opted_out', now, 'last_seen', now)
place(CONVERSATIONS, call.conversation:sub(#CONVERSATION + 1), now)
keep(call.conversation, RETENTION)
count('unsubscribed')
return answer({})
