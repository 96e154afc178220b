-- A delivery event: what the provider says, later, of an attempt. They come in any order and any number, and may come
-- before the answer to the request itself.
-- call: id, attempt, what (sent, delivered, read, failed, expired), code. Answers: what was made of it.

local RANK = {sent = 1, failed = 2, expired = 2, delivered = 3, read = 4}  -- the highest stands, whichever came last
local GOOD = {sent = true, delivered = true, read = true}
local ENDED = {window_closed = true, templated = true, given_up = true, discarded = true}  -- nothing more is sent

local key = RECORD .. call.id
local record = hash(key)
local attempt = tonumber(record.attempt)
if not record.state or call.attempt > attempt or call.attempt < 1 then
  count('delivery_unknown')
  return answer({what = 'unknown'})
end

-- Attempts with one key are one message to the provider, which may know it by the name of any of them.
local key_from = tonumber(record.key)
local function is_same(other)
  return other == call.attempt or key_from and other >= key_from and call.attempt >= key_from
end

local field = 'evidence:' .. call.attempt
local known = record[field]
local rank, good = RANK[call.what], GOOD[call.what]
if known and RANK[known] >= rank then return answer({what = 'known'}) end
redis.call('HSET', key, field, call.what)
-- Nobody counted what the first format sent: to count that it was heard of would make silence tell too much.
if not known and record.begun_at then evidence(record.account, tonumber(record.begun_at), 'confirmed') end
if good and not GOOD[known] then
  for other = 1, attempt do  -- an earlier attempt that was taken for lost has reached its reader after all
    local part = record['part:' .. other] == record['part:' .. call.attempt]
    if part and not is_same(other) and GOOD[record['evidence:' .. other]] then count('doubled') end
  end
end

local from, template = record.state, tonumber(record.template or 0) == call.attempt
if template then
  local to = good and 'templated' or 'failed'
  if call.attempt == attempt and from ~= to then
    if not good then redis.call('HSET', key, 'reason', call.code) end
    move(call.id, to)
    count(to)
  end
  return answer({what = 'template'})
end
-- Only the last part tells of the message as a whole. An earlier one is waited for, or it is history already.
local part, parts = part_of(record, call.attempt)
if part and part < parts then
  local through = tonumber(record.part or 0) >= part
  if good and not through and not ENDED[from] then
    go_on(call.id, record, part)
    return answer({what = 'part'})
  end
  if good or through then
    if not good then count('part_failed') end
    -- What is left of the reply would come too late as well.
    if call.what == 'expired' then redis.call('HSET', key, 'closed', window(record)) end
    return answer({what = 'part'})
  end
end
if good then
  -- Whatever we thought of it; and where it is about to be sent again, it is not.
  local closed = from == 'window_closed' and rank < RANK.delivered  -- handed on, and refused then
  if closed or from == 'templated' or (RANK[from] or 0) >= rank then return answer({what = from}) end
  move(call.id, call.what)
  count(call.what)
elseif is_same(attempt) and (from == 'sending' or from == 'unconfirmed' or from == 'sent' or key_from and HOLDS_TURN[from]) then
  redis.call('HSET', key, 'reason', call.code)
  if call.what == 'expired' then
    expire(call.id, record)
  else
    move(call.id, 'failed')
    count('failed')
  end
end
return answer({what = call.what})
