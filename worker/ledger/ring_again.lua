-- An operator lets a job go that RQ calls failed, and rings for its message again, or does not.
-- call: who, what (requeue-job or delete-job), id. Answers: before (the message's state); or why not.

local record = outline(call.id)
local function refused(why, on)
  return audited(on or call.id, 'refused: ' .. why, {refused = why, before = record.state})
end

if not redis.call('ZSCORE', FAILED_KEY, call.id) then return refused('unknown', '?') end
local rings = call.what == 'requeue-job'
if rings then
  if is_newer(record) then return refused('newer') end
  if record.state and not is_whole(record) then return refused('damaged') end
  -- Whoever is not ready waits for another, or for the clock: the sweeper rings for it when it is its time.
  if not record.account or not is_placed(READY .. record.account, call.id) then return refused('state') end
end
redis.call('ZREM', FAILED_KEY, call.id)
if redis.call('HGET', JOB_PREFIX .. call.id, 'status') == 'failed' then
  redis.call('DEL', JOB_PREFIX .. call.id, RESULTS_PREFIX .. call.id)
end
if rings then ring(call.id, record) end
return audited(call.id, 'done', {before = record.state})
