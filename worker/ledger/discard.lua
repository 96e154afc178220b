-- An operator takes a message out that shall not be answered, or about which nothing more can be done. One that a worker
-- has is the worker's.
-- call: who, what, id. Answers: before (its state); or why not.

local OPEN = {queued = true, retrying = true, paused = true, unconfirmed = true}
local FAILED = {failed = true, rejected = true, given_up = true}  -- they wait for a person

local key = RECORD .. call.id
local record = outline(call.id)
local function refused(why)
  return audited(call.id, 'refused: ' .. why, {refused = why, before = record.state})
end

if not record.state then return audited('?', 'refused: unknown', {refused = 'unknown'}) end
if is_newer(record) then return refused('newer') end
if not is_whole(record) then return refused('damaged') end
if not OPEN[record.state] and not FAILED[record.state] then return refused('state') end
if OPEN[record.state] then redis.call('HSET', key, 'reason', 'operator') end  -- else why it failed stays known
redis.call('HDEL', key, 'hold')
unprobe(record.account, call.id)
count('discarded')
move(call.id, 'discarded')
return audited(call.id, 'done', {before = record.state})
