-- Rings again for whatever should be moving and is not. Each look is atomic and idempotent, so a lease that only spares
-- the server needless sweeps is enough: no sweeper can act on what it saw a while ago.
-- Answers: the records that moved, as [id, from, to].

if not redis.call('SET', SWEEPER, 1, 'NX', 'PX', SWEEP_EVERY) then return answer({moved = {}}) end

local head = redis.call('LINDEX', QUEUE_KEY, 0)
local head_ring = head and tonumber(redis.call('HGET', RECORD .. head, 'ring') or 0)

-- Rings are answered in order. One that is not behind the queue's head is in nobody's hands.
local function ring_is_lost(record)
  return not head_ring or tonumber(record.ring) < head_ring
end

-- What to do in each state that moves.
local look = {}

function look.queued(id, record)
  if ring_is_lost(record) then ring(id) else redis.call('ZADD', DUE, now + RING_AFTER, id) end
end

function look.claimed(id)  -- its lease ran out: its worker died, or froze
  if redis.call('HINCRBY', RECORD .. id, 'crashes', 1) < POISON then return ring(id) end
  redis.call('HSET', RECORD .. id, 'reason', 'crashed')
  move(id, 'given_up')
  count('given_up')
end

function look.sending(id)  -- nobody came back to say what became of it: never sent again on suspicion
  redis.call('HSET', RECORD .. id, 'reason', 'interrupted')
  move(id, 'unconfirmed')
  count('unconfirmed')
end

look.retrying = function(id) ring(id) end
look.paused = look.retrying

local moved = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', DUE, '-inf', now, 'LIMIT', 0, SWEEP_AT_MOST)) do
  local before = hash(RECORD .. id)
  if not before.state then
    redis.call('ZREM', DUE, id)  -- the record is gone
  elseif not look[before.state] then
    redis.call('ZADD', DUE, now + RING_AFTER, id)  -- a state of a newer version, whose sweeper knows what to do
  else
    if before.state ~= 'sending' and too_late(before) then close_window(id) else look[before.state](id, before) end
    local after = hash(RECORD .. id)
    if after.state ~= before.state or after.ring ~= before.ring then
      moved[#moved + 1] = {id, before.state, after.state}
    end
  end
end

for _, state in ipairs(STATES) do
  redis.call('ZREMRANGEBYSCORE', STATE .. state, '-inf', now - RETENTION)
end
return answer({moved = moved})
