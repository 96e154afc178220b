-- Looks after whatever should be moving and is not. Each look is atomic and idempotent, so a lease that only spares the
-- server needless sweeps is enough: no sweeper can act on what it saw a while ago.
-- call: late (the accounts whose books have something for a closed window), ask (whether workers ask the book about those
-- of which it was not asked yet), unconfirmed (auto, resend or hold). Answers: the records that moved, as [id, from, to];
-- and the epoch, when this server first held what is ours.

if not redis.call('SET', SWEEPER, 1, 'NX', 'PX', SWEEP_EVERY) then return answer({moved = {}}) end
redis.call('SET', SWEPT, now, 'PX', RETENTION)

local moved = {}
local function moving(id, from, to) moved[#moved + 1] = {id, from, to} end

-- What to do in each state that moves.
local look = {}

function look.queued(id, record)  -- its wait for more is over; or an older version has taken it in
  unplace(DUE, id)
  join_line(id, record)
end

local suspect = false
function look.claimed(id, record)  -- its lease ran out: its worker died, or froze
  local crashes = (number(record.crashes) or 0) + 1
  if crashes < POISON then
    -- After a second crash each comes back alone: one of those that were in hand may have killed the worker, and
    -- the others must not be given up for it.
    if crashes == POISON - 1 then
      if suspect then return end
      suspect = true
    end
    redis.call('HSET', RECORD .. id, 'crashes', crashes)
    return requeue(id, record)
  end
  redis.call('HSET', RECORD .. id, 'reason', 'crashed')
  move(id, 'given_up')
  count('given_up')
end

function look.sending(id, record)  -- nobody came back to say what became of it
  redis.call('HSET', RECORD .. id, 'reason', 'interrupted')
  -- With its key it may go again; not for ever, or what kills its worker would kill them all.
  local crashes = (number(record.crashes) or 0) + 1
  if not key_is_known(record) or crashes >= POISON then return leave_unconfirmed(id) end
  redis.call('HSET', RECORD .. id, 'crashes', crashes)
  requeue(id, record)
end

function look.unconfirmed(id, record)  -- no delivery event has come
  local again = call.unconfirmed == 'resend' or (call.unconfirmed == 'auto' and silence_tells(record.account))
  unplace(DUE, id)
  if not again or record.resent or record.template or too_late(record) or opted_out_since(record) then
    return  -- a person decides
  end
  redis.call('HSET', RECORD .. id, 'resent', 1)
  count('resent')
  requeue(id, record)
end

look.retrying = requeue
look.paused = requeue

local late = {}
for _, account in ipairs(call.late) do late[account] = true end
local function is_over(record)
  return not late[record.account] and (record.reply or not call.ask) and too_late(record)
end

local CLOSES = {queued = true, claimed = true, retrying = true, paused = true}

for _, id in ipairs(redis.call('ZRANGEBYSCORE', DUE, '-inf', now, 'LIMIT', 0, SWEEP_AT_MOST)) do
  local before = hash(RECORD .. id)
  if not before.state then
    set_aside(id)  -- it is gone, or no record
  elseif is_newer(before) or not look[before.state] then
    place(DUE, id, now + RING_AFTER)  -- the newer version's sweeper knows what to do
  elseif not is_whole(before) then
    set_aside(id)
  else
    look_at(id, nil, function()
      if CLOSES[before.state] and is_over(before) then
        close_window(id)
      else
        look[before.state](id, before)
      end
    end)
    local after = redis.call('HGET', RECORD .. id, 'state')
    if after ~= before.state or is_placed(READY .. before.account, id) then moving(id, before.state, after) end
  end
end

-- What is ready: closed where its window is over; rung for again where more of them wait than rings do.
put_in_place()
local waiting, rings = 0, redis.call('LLEN', QUEUE_KEY)
for _, account in ipairs(redis.call('SMEMBERS', ACCOUNTS)) do
  local ready = READY .. account
  local over = now + MARGIN + SHORTEST
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', ready, '-inf', over, 'LIMIT', 0, SWEEP_AT_MOST)) do
    local record = outline(id, 'closed', 'reply')
    if is_newer(record) then
      -- its sweeper's
    elseif not record.state then
      set_aside(id, ready)  -- it is gone, or no record
    elseif record.state ~= 'queued' and record.state ~= 'paused' then
      unplace(ready, id)  -- an older version has taken it
    elseif not is_whole(record) then
      set_aside(id, ready)
    else
      look_at(id, ready, function()
        if not too_late(record) then
          place(ready, id, window(record))
        elseif is_over(record) then
          close_window(id)
          moving(id, record.state, redis.call('HGET', RECORD .. id, 'state'))
        end
      end)
    end
  end
  put_in_place()
  if not shut(account) then
    local here = redis.call('ZCARD', ready)
    waiting = waiting + here
    if rings < waiting and here > 0 then
      local probing = fields_of(ACCOUNT .. account)['until']
      for _, id in ipairs(redis.call('ZRANGE', ready, 0, math.min(waiting - rings, SWEEP_AT_MOST) - 1)) do
        local record = some(RECORD .. id, 'rung_at', 'format')
        if not is_newer(record) then
          if now - (number(record.rung_at) or 0) >= RING_AFTER then
            look_at(id, ready, function()
              ring(id, record)
              rings = rings + 1
              moving(id, 'queued', 'queued')
            end)
          end
          if probing then break end
        end
      end
    end
  end
end

-- A look at everything that is queued, a little each time, for what no other look would find.
put_in_place()
local cursor = redis.call('GET', CURSOR) or '0'
local page = redis.call('ZSCAN', STATE .. 'queued', cursor, 'COUNT', LOOK_AT)
redis.call('SET', CURSOR, page[1], 'PX', RETENTION)
for i = 1, #page[2], 2 do
  local id = page[2][i]
  local record = outline(id)
  if is_newer(record) then
    -- its sweeper's
  elseif record.state ~= 'queued' then
    if record.state then unplace(STATE .. 'queued', id) else set_aside(id) end  -- gone, or no record
  elseif not is_whole(record) then
    set_aside(id)
  elseif not is_placed(READY .. record.account, id) and not is_placed(DUE, id) then
    look_at(id, nil, function()
      local turn = turn_of(record.conversation)
      if not turn or turn == id then look.queued(id, record) end
    end)
  end
end

for _, state in ipairs(STATES) do
  redis.call('ZREMRANGEBYSCORE', STATE .. state, '-inf', now - RETENTION)
end
for _, set in ipairs({CONVERSATIONS, LAST_HIT}) do
  redis.call('ZREMRANGEBYSCORE', set, '-inf', now - RETENTION)
end
redis.call('ZREMRANGEBYSCORE', HANDED_OFF, '-inf', now)
redis.call('SET', EPOCH, now, 'NX')
return answer({moved = moved, epoch = redis.call('GET', EPOCH)})
