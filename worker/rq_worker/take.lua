-- Takes jobs from the queue and starts them, as RQ's own worker would, but many on one trip.
-- Arguments: how many at most, this worker's name, the time as RQ writes it, and an id for each execution.
-- Answers: the ids of the jobs that have started, and of those that are not what we put there.

local now, started, odd, entries = ARGV[3], {}, {}, {}
local time = redis.call('TIME')
local seconds = string.format('%d.%06d', time[1], time[2])
for _, id in ipairs(redis.call('LPOP', QUEUE_KEY, ARGV[1]) or {}) do
  local job = JOB_PREFIX .. id
  local data = redis.pcall('HGET', job, 'data')
  if data == '["' .. JOB .. '", null, ["' .. id .. '"], {}]' then
    started[#started + 1] = id
    local execution = ARGV[3 + #started]
    local registry, entry = EXECUTIONS .. id, id .. ':' .. execution
    redis.call('HSET', job, 'status', 'started', 'started_at', now, 'last_heartbeat', now, 'worker_name', ARGV[2])
    redis.call('HSET', EXECUTION .. entry, 'id', execution, 'created_at', seconds, 'last_heartbeat', seconds,
      'worker_name', ARGV[2])
    redis.call('EXPIRE', EXECUTION .. entry, EXECUTION_TTL)
    redis.call('ZADD', registry, time[1] + EXECUTION_TTL + 60, execution)
    redis.call('EXPIRE', registry, EXECUTION_TTL + 60)
    entries[#entries + 1], entries[#entries + 2] = time[1] + EXECUTION_TTL, entry
  elseif redis.call('EXISTS', job) == 1 then
    redis.call('LPUSH', INTERMEDIATE_KEY, id)  -- where RQ looks for what a worker has dropped
    odd[#odd + 1] = id
  end  -- else rung for twice, and the first time has ended it; the sweeper knows who still waits
end
if #entries > 0 then redis.call('ZADD', STARTED_KEY, unpack(entries)) end
return {started, odd}
