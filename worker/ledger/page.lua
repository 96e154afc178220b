-- Some of the records in a state, those first that came into it last. Reads only, and few, so as to hold up nobody.
-- call: state, start (how many to pass over), since (ms). Answers: page, as [id, record]; one that is gone is empty.

local newest = redis.call('ZREVRANGE', STATE .. call.state, call.start, call.start + PAGE - 1, 'WITHSCORES')
local page = {}
for i = 1, #newest, 2 do
  if tonumber(newest[i + 1]) < call.since then break end
  page[#page + 1] = {newest[i], hash(RECORD .. newest[i])}
end
return answer({page = page})
