-- A delivery event: what the provider says, later, of an attempt. They come in any order and any number, and may come
-- before the answer to the request itself.
-- call: id, attempt, what (sent, delivered, read, failed, expired), code. Answers: what was made of it.

local RANK = {sent = 1, delivered = 2, read = 3}

local key = RECORD .. call.id
local record = hash(key)
local attempt = tonumber(record.attempt)
if not record.state or call.attempt > attempt or call.attempt < 1 then
  count('delivery_unknown')
  return answer({what = 'unknown'})
end

local field = 'evidence:' .. call.attempt
local known = record[field]
local rank = RANK[call.what]
if rank and (not RANK[known] or RANK[known] < rank) then
  redis.call('HSET', key, field, call.what)
  if not RANK[known] then
    evidence(record.account, tonumber(record.begun_at or now), 'confirmed')
    for other = 1, attempt do  -- an earlier attempt that was taken for lost has reached its reader after all
      if other ~= call.attempt and RANK[record['evidence:' .. other]] then count('doubled') end
    end
  end
elseif not rank and not known then
  redis.call('HSET', key, field, call.what)
else
  return answer({what = 'known'})
end

local from, template = record.state, tonumber(record.template or 0) == call.attempt
if template then
  if rank and (from == 'sending' or from == 'unconfirmed' or from == 'failed') then
    move(call.id, 'templated')
    count('templated')
  elseif not rank and (from == 'sending' or from == 'unconfirmed' or from == 'templated') then
    redis.call('HSET', key, 'reason', call.code)
    move(call.id, 'failed')
    count('failed')
  end
  return answer({what = 'template'})
end
if rank then
  -- Whatever we thought of it; and where it is about to be sent again, it is not.
  if from == 'window_closed' or from == 'templated' or (RANK[from] or 0) >= rank then return answer({what = from}) end
  move(call.id, call.what)
  count(call.what)
elseif call.attempt == attempt and (from == 'sending' or from == 'unconfirmed' or from == 'sent') then
  redis.call('HSET', key, 'reason', call.code)
  if call.what == 'expired' then
    expire(call.id, record)
  else
    move(call.id, 'failed')
    count('failed')
  end
end
return answer({what = call.what})
