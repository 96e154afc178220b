-- Looks for records in sorted sets, from the highest score down, in one order over all of them: by score, then by key.
-- Reads only, and little at a time, so as to hold up nobody.
-- call: sets; states_of (whether the sets say neither state nor when it changed); states or none; want (fields by name, as they must be);
-- senders or none; older, newer (ms since the change of state); closes (ms until the window does); held (whether the
-- sweeper does not look at them any more); before ({ms, id}: where an earlier look has ended) or none; most (so many are
-- enough); budget (how many are looked at); give (fields).
-- Answers: found, as [id, score, field...], null for one that is not there; looked (how many); at ({ms, id}, the last one
-- looked at) or none; over (whether nothing is left).

local FEW, MANY = 8, 64  -- members of a sorted set that are read at once: of many sets, most give but a few

local before = call.before
local highest, lowest = '+inf', '-inf'
if call.older and not call.states_of then highest = now - call.older end
if call.newer and not call.states_of then lowest = now - call.newer end
if before and (highest == '+inf' or before[1] < highest) then highest = before[1] end

-- Goes on to the next one of a sorted set that no earlier look has told of; its `id` is nil where it has no more.
local function go_on_in(source)
  repeat
    source.at = source.at + 2
    if source.at > #source.items then
      if source.over then
        source.id = nil
        return
      end
      local size = source.size
      local limits = {'LIMIT', source.offset, size}
      local items = redis.pcall('ZREVRANGEBYSCORE', source.set, highest, lowest, 'WITHSCORES', unpack(limits))
      source.items = items.err and {} or items  -- what is no sorted set names nobody
      source.offset, source.at, source.over = source.offset + size, 1, #source.items < 2 * size
      source.size = math.min(2 * size, MANY)
    end
    source.id, source.score = source.items[source.at], tonumber(source.items[source.at + 1])
  until not (before and source.id and source.score == before[1] and source.id >= before[2])
end

local sources = {}
for _, set in ipairs(call.sets) do
  local source = {set = set, offset = 0, items = {}, at = 0, size = #call.sets > 1 and FEW or MANY}
  go_on_in(source)
  if source.id then sources[#sources + 1] = source end
end

local function next_one()
  local best, at
  for i, source in ipairs(sources) do
    if not best or source.score > best.score or (source.score == best.score and source.id > best.id) then
      best, at = source, i
    end
  end
  if not best then return nil end
  local id, score = best.id, best.score
  go_on_in(best)
  if not best.id then table.remove(sources, at) end
  return id, score
end

local names, places = {}, {}
local function need(name)
  if not places[name] then
    names[#names + 1] = name
    places[name] = #names
  end
end
for name in pairs(call.want) do need(name) end
for _, name in ipairs(call.give) do need(name) end
if call.states or call.states_of then need('state') end
if call.states_of then need('changed_at') end
if call.senders then need('sender') end
if call.closes then
  need('window')
  need('conversation')
end

local function listed(list)
  local set = {}
  for _, name in ipairs(list or {}) do set[name] = true end
  return set
end
local states, senders = listed(call.states), listed(call.senders)

local function fits(id, of)
  for name, value in pairs(call.want) do
    if of(name) ~= value then return false end
  end
  if call.states and not states[of('state')] then return false end
  if call.senders and not senders[of('sender')] then return false end
  if call.states_of then
    local changed = number(of('changed_at')) or 0
    if call.older and changed > now - call.older or call.newer and changed < now - call.newer then return false end
  end
  if call.closes then
    local newest = of('conversation') and some(of('conversation'), 'window').window
    local ends = math.max(number(of('window')) or 0, number(newest) or 0)
    if ends < now or ends > now + call.closes then return false end
  end
  return not (call.held and redis.call('ZSCORE', DUE, id))
end

local found, looked, at = {}, 0, nil
while looked < call.budget and #found < call.most do
  local id, score = next_one()
  if not id then return answer({found = found, looked = looked, at = at, over = true}) end
  looked, at = looked + 1, {score, id}
  local values = #names > 0 and redis.pcall('HMGET', RECORD .. id, unpack(names)) or {}
  local function of(name) return values[places[name]] or nil end
  if fits(id, of) then
    local row = {id, score}
    for i, name in ipairs(call.give) do row[i + 2] = of(name) or cjson.null end
    found[#found + 1] = row
  end
end
return answer({found = found, looked = looked, at = at, over = false})
