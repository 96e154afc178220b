-- What a worker makes of the messages of a burst. call: id, fence, and one of
--   until             ms: it waits whether more is said; whatever comes makes it be looked at again
--   fold, text, media the ids behind it that are answered with it, in order; the joined text that the last one gets,
--                     and the media, or null
-- Answers: the claim on the last of them; or whether the claim was ours.

local key = RECORD .. call.id
local record = hash(key)
local function taken(last)
  return answer({id = last, record = hash(RECORD .. last), conversation = fields_of(record.conversation), behind = {}, now = now})
end

if call.fold and record.into and tonumber(record.fence) == call.fence then  -- our answer got lost on its way
  local last = some(RECORD .. record.into, 'state', 'owner')
  if last.state == 'claimed' and last.owner == record.owner then return taken(record.into) end
end
if record.state ~= 'claimed' or tonumber(record.fence) ~= call.fence then
  count('fenced_off')
  return answer({refused = record.state or 'unknown'})
end
if call['until'] then
  redis.call('HSET', key, 'hold', call['until'])
  unprobe(record.account, call.id)
  move(call.id, 'queued', call['until'])
  return answer({held = true})
end

local last = call.fold[#call.fold]
for _, id in ipairs(call.fold) do
  if redis.call('HGET', RECORD .. id, 'state') ~= 'queued' then
    requeue(call.id, record)
    return answer({refused = 'changed'})
  end
end
redis.call('HSET', RECORD .. last, 'joined', call.text, 'owner', record.owner, 'first', record.first or 0)
if call.media and call.media ~= cjson.null then redis.call('HSET', RECORD .. last, 'joined_media', call.media) end
redis.call('HDEL', RECORD .. last, 'hold')
local probes = fields_of(ACCOUNT .. record.account).prober == call.id
redis.call('HINCRBY', RECORD .. last, 'fence', 1)
write(record.conversation, {turn = last})
if probes then probe(record.account, last) end
table.remove(call.fold)
table.insert(call.fold, 1, call.id)
for _, id in ipairs(call.fold) do
  redis.call('HSET', RECORD .. id, 'reason', 'folded', 'into', last)
  move(id, 'silent')
  count('silent')
end
redis.call('SET', CLAIM .. record.owner, last, 'PX', HOUR)
move(last, 'claimed', now + LEASE)
if probes then probe(record.account, last) end
return taken(last)
