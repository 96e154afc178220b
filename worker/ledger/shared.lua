-- Put before every script, behind the names of the keys (worker/keys.py) and of the times (worker/ledger/ledger.py).
-- Behind it stands `many.lua`, which runs the script once for each of its arguments, a JSON object: `call`. It answers
-- JSON. Its clock is the server's: `now`, in milliseconds, the same for all of them.

local call
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function answer(value)
  return cjson.encode(value)
end

-- A trip to the server is many calls, and each command costs. So what they write to keys that all of them share is
-- written once, at the trip's end (`put_in_place`); to everybody else the trip is one step.
local places = {}  -- by sorted set: members and their scores, false for those that leave
local pushed = {}  -- jobs to ring with
local accounts = {}  -- that have messages
local sums, lasts = {}, {}  -- by hash: what is added to its fields; how long it lives then, in ms

-- What it has read and may read again.
local remembered = {}  -- by key, of conversations and accounts: their fields, as they are now
local heads = {}  -- by account: what is ready, the most urgent first, as far as it was looked at (see claim.lua)

local function place(set, id, score)
  local of = places[set]
  if not of then
    of = {}
    places[set] = of
  end
  of[id] = score
end

local function unplace(set, id)
  place(set, id, false)
end

local function is_placed(set, id)
  local of = places[set]
  if of and of[id] ~= nil then return of[id] ~= false end
  return redis.call('ZSCORE', set, id)
end

local function add(key, what, life)
  lasts[key] = life
  local of = sums[key]
  if not of then
    of = {}
    sums[key] = of
  end
  of[what] = (of[what] or 0) + 1
end

local function in_this_minute(what)
  add(MINUTE .. math.floor(now / MINUTE_MS), what, MINUTES_KEPT)
end

local function count(what)
  add(COUNTS, what)
  in_this_minute(what)
end

-- A rule has decided.
local function hit(rule)
  if not rule or rule == cjson.null then return end
  add(HITS .. math.floor(now / DAY), rule, RETENTION + DAY)
  place(LAST_HIT, rule, now)
end

-- Writes what the calls have left for the trip's end. Raises the first fault, behind all that could be written.
local function put_in_place()
  local fault
  local function try(...)
    local done = redis.pcall(...)
    if type(done) == 'table' and done.err then fault = fault or done end
  end
  if #pushed > 0 then
    try('SADD', QUEUES_KEY, QUEUE_KEY)
    try('RPUSH', QUEUE_KEY, unpack(pushed))
  end
  for account in pairs(accounts) do try('SADD', ACCOUNTS, account) end
  for set, scores in pairs(places) do
    local added, gone = {}, {}
    for id, score in pairs(scores) do
      if score then added[#added + 1], added[#added + 2] = score, id else gone[#gone + 1] = id end
    end
    if #added > 0 then try('ZADD', set, unpack(added)) end
    if #gone > 0 then try('ZREM', set, unpack(gone)) end
  end
  for key, of in pairs(sums) do
    -- A count that is none stands still: nothing else shall.
    for what, sum in pairs(of) do redis.pcall('HINCRBY', key, what, sum) end
    if lasts[key] then redis.pcall('PEXPIRE', key, lasts[key]) end
  end
  places, pushed, accounts, sums, lasts = {}, {}, {}, {}, {}
  if fault then error(fault) end
end

-- A key that is no hash has no fields.
local function hash(key)
  local flat, fields = redis.pcall('HGETALL', key), {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local function some(key, ...)
  local names, values, fields = {...}, redis.pcall('HMGET', key, ...), {}
  for i, name in ipairs(names) do fields[name] = values[i] or nil end
  return fields
end

-- A whole one, as we write them; nil where it is none. Damage may read `nan`, `1e999` or nothing.
local function number(text)
  text = tostring(text)
  if #text <= 15 and text:match('^%-?%d+$') then return tonumber(text) end
end

local function write(key, fields)
  local set, gone = {}, {}
  for name, value in pairs(fields) do
    if value == cjson.null then
      gone[#gone + 1] = name
    else
      set[#set + 1], set[#set + 2] = name, value
    end
  end
  if #set > 0 then redis.call('HSET', key, unpack(set)) end
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
  local memory = remembered[key]
  if not memory then return end
  for i = 1, #set, 2 do memory[set[i]] = tostring(set[i + 1]) end
  for _, name in ipairs(gone) do memory[name] = nil end
end

-- Of a conversation or an account, which most calls look at: read once. Whoever changes one does so by `write`.
local function fields_of(key)
  local fields = remembered[key]
  if not fields then
    fields = hash(key)
    remembered[key] = fields
  end
  return fields
end

local function take_away(key, ...)
  local fields, gone = fields_of(key), {}
  for _, name in ipairs({...}) do
    if fields[name] then
      gone[#gone + 1] = name
    end
  end
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
  for _, name in ipairs(gone) do fields[name] = nil end
end

-- A new message of the same person reopens the window for the older ones.
local function window(record)
  return math.max(number(record.window), number(fields_of(record.conversation).window) or 0)
end

-- No attempt may begin that could not end before the window does. `closed` is the end of a window that the provider
-- says is over already: what the person writes after that opens another.
local function too_late(record)
  local ends = window(record)
  return ends <= (number(record.closed) or 0) or ends - MARGIN - now < SHORTEST
end

-- Whoever has said stop since a reply was decided gets it no more. The answer to that word was decided with it.
local function opted_out_since(record)
  local at = number(fields_of(record.conversation).opted_out)
  return at and at > (number(record.decided_at) or 0)
end

-- One damaged record must not stop every look at the others. It stays as it is, and nobody looks at it any more.
local function is_whole(record)
  return record.account and record.conversation and number(record.window) and number(record.sent_at)
    and number(record.fence) and number(record.attempt)
end

-- What tells whether it is, whose it is and where it stands; and more.
local function outline(id, ...)
  return some(RECORD .. id, 'state', 'format', 'account', 'conversation', 'window', 'sent_at', 'fence', 'attempt', 'path',
    'hold', 'part', ...)
end

local function set_aside(id, ready)
  unplace(DUE, id)
  unplace(STATE .. 'queued', id)
  if ready then unplace(ready, id) end
  if redis.call('EXISTS', RECORD .. id) == 1 then count('record_set_aside') end
end

-- Looks at one of many. Whatever else is damaged, its conversation for one, stops this look alone. Not so a server that
-- is full or takes no writes: that is no damage, and said as it is.
local function look_at(id, ready, look)
  local is_well, fault = pcall(look)
  if is_well then return end
  local said = type(fault) == 'table' and fault.err or tostring(fault)  -- servers differ
  local code = said:match('^%u+')
  if code and code ~= 'ERR' and code ~= 'WRONGTYPE' then error({err = said}) end
  set_aside(id, ready)
end

-- A newer version's, which may have moved its fields and what they mean. It carries it on, as soon as it runs (again);
-- until then it is left as it is, and nobody waits for it.
local function is_newer(record)
  return (tonumber(record.format) or 0) > FORMAT
end

-- Rings for a worker: an RQ job that carries the key alone. Whoever hears it takes the most urgent message that is ready.
local function ring(id, record)
  local job = JOB_PREFIX .. id
  if record.rung_at ~= now then redis.call('HSET', RECORD .. id, 'rung_at', now) end
  redis.call('HSET', job, 'status', 'queued', 'origin', QUEUE, 'description', DESCRIPTION,
    'data', '["' .. JOB .. '", null, ["' .. id .. '"], {}]', 'created_at', call.clock, 'enqueued_at', call.clock,
    'timeout', JOB_TIMEOUT, 'result_ttl', 0, 'failure_ttl', FAILURE_TTL)
  redis.call('PEXPIRE', job, RETENTION)
  pushed[#pushed + 1] = id
end

-- It is this message's turn, and it waits for nothing but a worker.
local function make_ready(id, record)
  if record.hold then redis.call('HDEL', RECORD .. id, 'hold') end
  unplace(DUE, id)
  place(READY .. record.account, id, window(record))
  accounts[record.account], heads[record.account] = true, nil
  ring(id, record)
end

-- A conversation is answered message by message, in the order they were sent. These keep the others waiting.
local HOLDS_TURN = {queued = true, claimed = true, sending = true, retrying = true, paused = true}

local function line_of(conversation)
  return LINE .. conversation:sub(#CONVERSATION + 1)
end

-- Whose turn it is, as long as that message is on its way.
local function turn_of(conversation)
  local turn = fields_of(conversation).turn
  if not turn then return nil end
  local record = outline(turn)
  local is_ours = record.conversation == conversation and is_whole(record) and not is_newer(record)
  if HOLDS_TURN[record.state] and is_ours then return turn, record end
end

-- Who stands first in it. What need not stand there any more leaves it. `record` is that of `id`, which stands there.
local function first_of(line, id, record)
  local newer = 0
  while true do
    local first = redis.call('ZRANGE', line, newer, newer)[1]
    if not first then return nil end
    if first == id then return id, record end
    local of = outline(first)
    if is_newer(of) then
      newer = newer + 1
    elseif HOLDS_TURN[of.state] and is_whole(of) then
      return first, of
    else
      redis.call('ZREM', line, first)
    end
  end
end

-- Gives the turn to who stands first. One that is on its way already, sent off by an older version, keeps it.
local function give_turn(conversation, first, record)
  if not first then return take_away(conversation, 'turn') end
  if fields_of(conversation).turn ~= first then write(conversation, {turn = first}) end
  if record.state == 'queued' then make_ready(first, record) end
end

-- Stands in line for its turn, in its place by when it was sent. Whoever is only queued makes room for an earlier one,
-- but not between the parts of its reply. Answers whose turn it is, if it is another's.
local function join_line(id, record)
  local line = line_of(record.conversation)
  redis.call('ZADD', line, record.sent_at, id)
  redis.call('PEXPIRE', line, RETENTION)
  local turn, held = turn_of(record.conversation)
  local first, of = first_of(line, id, record)
  if turn == id and (first == id or held.part) then
    make_ready(id, record)
  elseif turn and (held.state ~= 'queued' or held.part or first == turn) then
    return turn, held
  else
    if turn then unplace(READY .. held.account, turn) end
    give_turn(record.conversation, first, of)
  end
end

local function leave_line(id, conversation)
  redis.call('ZREM', line_of(conversation), id)
  local turn = fields_of(conversation).turn
  if not turn or turn == id then give_turn(conversation, first_of(line_of(conversation))) end
end

-- It was not sent after all, and tells nothing of its account: another may be the probe (see accounts.lua).
local function unprobe(account, id)
  local key = ACCOUNT .. account
  if fields_of(key).prober == id then take_away(key, 'prober', 'probe') end
end

-- The one way a record changes its state. `due` is when the sweeper shall look at it again; `more`, what else is written
-- down with it; `record`, its outline, where that has been read.
local function move(id, to, due, more, record)
  local key = RECORD .. id
  record = record or some(key, 'state', 'account', 'conversation', 'path')
  local path = (record.path or '') .. ' ' .. to .. ' ' .. now
  local fields = more or {}
  fields.state, fields.changed_at, fields.path = to, now, path:sub(-PATH)
  write(key, fields)
  if record.state then unplace(STATE .. record.state, id) end
  place(STATE .. to, id, now)
  if due then place(DUE, id, due) else unplace(DUE, id) end
  if record.state == 'queued' or record.state == 'paused' then unplace(READY .. record.account, id) end
  if record.state == 'claimed' and to ~= 'sending' then unprobe(record.account, id) end
  if HOLDS_TURN[record.state] and not HOLDS_TURN[to] then leave_line(id, record.conversation) end
end

-- `key` is the number of the first attempt whose key the later ones bear, and `key_at` when it began: all of them
-- together send one reply, as long as the provider knows the key.
local function key_is_known(record)
  return record.key and now + SEND_TIMEOUT < (number(record.key_at) or 0) + KEY_KNOWN
end

local function forget_key(id)
  redis.call('HDEL', RECORD .. id, 'key', 'key_at')
end

local function leave_unconfirmed(id)
  move(id, 'unconfirmed', now + CONFIRM)
  count('unconfirmed')
end

local function close_window(id, reason)
  -- It may have been sent before that, and nobody knows.
  if redis.call('HEXISTS', RECORD .. id, 'key') == 1 then return leave_unconfirmed(id) end
  if reason then redis.call('HSET', RECORD .. id, 'reason', reason) end
  move(id, 'window_closed')
  count('window_closed')
end

-- Sends it round again, from whatever state. Where that had ended its turn, it waits for another.
local function requeue(id, record)
  move(id, 'queued')
  record.state = 'queued'
  join_line(id, record)
end

-- Between which of LATENCIES lies how long the person has waited: how many of them it has passed.
local function latency(record)
  local took, passed = now - (number(record.received_at) or now), 0
  while passed < #LATENCIES and took > LATENCIES[passed + 1] do passed = passed + 1 end
  return passed
end

-- Which part of a long reply an attempt is, and of how many; nil where it is all of it.
local function part_of(record, attempt)
  local index, of = (record['part:' .. attempt] or ''):match('^(%d+)/(%d+)$')
  return tonumber(index), tonumber(of)
end

-- A part has reached the provider, and others follow: it comes round again for the next.
local function go_on(id, record, part)
  redis.call('HSET', RECORD .. id, 'part', part)
  redis.call('HDEL', RECORD .. id, 'resent')  -- that was this part
  forget_key(id)  -- so was that
  count('part_sent')
  requeue(id, record)
end

-- It waits until something may be sent for its account.
local function pause(id, record, more)
  move(id, 'paused', nil, more)
  if turn_of(record.conversation) == id then
    place(READY .. record.account, id, window(record))
  else
    place(DUE, id, now)  -- it had been given up meanwhile, and lost its turn: the sweeper lines it up
  end
end

-- A conversation lives as long as what is written down of its messages, and as long as a person answers in it.
local function keep(conversation, at_least)
  local ends = number(fields_of(conversation).handed_off_until) or 0
  if ends > now then place(HANDED_OFF, conversation:sub(#CONVERSATION + 1), ends) end
  redis.call('PEXPIRE', conversation, math.max(at_least or redis.call('PTTL', conversation), ends - now))
end

-- The provider says that the window is over. A worker knows whether there is a template.
local function expire(id, record)
  forget_key(id)
  redis.call('HSET', RECORD .. id, 'closed', window(record))
  requeue(id, record)
end
