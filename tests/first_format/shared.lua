-- Put before every script, behind the names of the keys (worker/keys.py) and of the times (worker/ledger/ledger.py).
-- A script gets one argument, a JSON object, and answers JSON. Its clock is the server's: `now`, in milliseconds.

local call = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function answer(value)
  return cjson.encode(value)
end

local function count(what)
  redis.call('HINCRBY', COUNTS, what, 1)
end

local function hash(key)
  local flat, fields = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local function write(key, fields)
  for name, value in pairs(fields) do
    if value == cjson.null then redis.call('HDEL', key, name) else redis.call('HSET', key, name, value) end
  end
end

-- The one way a record changes its state. `due` is when the sweeper shall look at it again; nil where it has come to
-- rest.
local function move(id, to, due)
  local record = RECORD .. id
  local from = redis.call('HGET', record, 'state')
  redis.call('HSET', record, 'state', to, 'changed_at', now)
  if from then redis.call('ZREM', STATE .. from, id) end
  redis.call('ZADD', STATE .. to, now, id)
  if due then redis.call('ZADD', DUE, due, id) else redis.call('ZREM', DUE, id) end
end

-- A new message of the same person reopens the window for the older ones.
local function window(record)
  local newest = redis.call('HGET', record.conversation, 'window')
  return math.max(tonumber(record.window), tonumber(newest or 0))
end

-- No attempt may begin that could not end before the window does.
local function too_late(record)
  return window(record) - MARGIN - now < SHORTEST
end

local function close_window(id)
  move(id, 'window_closed')
  count('window_closed')
end

-- Rings for a worker: an RQ job that carries the key alone. The number tells the sweeper who stands behind whom.
local function ring(id)
  local number = redis.call('INCR', RINGS)
  local job = JOB_PREFIX .. id
  redis.call('HSET', RECORD .. id, 'ring', number)
  redis.call('HSET', job, 'status', 'queued', 'origin', QUEUE, 'description', DESCRIPTION,
    'data', '["' .. JOB .. '", null, ["' .. id .. '"], {}]', 'created_at', call.clock, 'enqueued_at', call.clock,
    'timeout', JOB_TIMEOUT, 'result_ttl', 0, 'failure_ttl', FAILURE_TTL)
  redis.call('PEXPIRE', job, RETENTION)
  redis.call('SADD', QUEUES_KEY, QUEUE_KEY)
  redis.call('RPUSH', QUEUE_KEY, id)
  move(id, 'queued', now + RING_AFTER)
end
