-- Claims a message under a lease: of all that are ready the one whose window closes first. The fence rises with each
-- claim: whoever holds an older one is not heard.
-- call: owner, accounts (those that the caller can send for now), late (whether it has something for a closed window),
-- rung (the message that it was rung for) or none.
-- Answers: id, record, conversation, behind (what else waits in the conversation) and now; or why not.

local function given(id, record)
  local conversation, behind = fields_of(record.conversation), {}
  for _, other in ipairs(redis.call('ZRANGE', line_of(record.conversation), 1, BEHIND)) do
    local waiting = some(RECORD .. other, 'state', 'text', 'received_at', 'reply', 'closed', 'format', 'media')
    -- Decided already: it is sent again, and folded with nothing.
    if waiting.reply or waiting.closed or is_newer(waiting) then break end
    if waiting.state == 'queued' then
      behind[#behind + 1] = {other, waiting.text, waiting.received_at, waiting.media or cjson.null}
    end
  end
  return answer({id = id, record = record, conversation = conversation, behind = behind, now = now,
    late = too_late(record)})
end

local mine = redis.call('GET', CLAIM .. call.owner)  -- our answer got lost on its way
if mine then
  local record = hash(RECORD .. mine)
  if record.state == 'claimed' and record.owner == call.owner and is_whole(record) then return given(mine, record) end
end

-- The most urgent of an account that nobody of this trip has taken yet, and when its window closes.
local function head_of(account)
  local head = heads[account]
  if not head or (head.at > #head.found and head.more) then
    put_in_place()
    local start = head and head.newer or 0
    local found = redis.call('ZRANGE', READY .. account, start, start + HEAD - 1, 'WITHSCORES')
    head = {found = found, at = 1, more = #found == 2 * HEAD, newer = start}
    heads[account] = head
  end
  return head.found[head.at], tonumber(head.found[head.at + 1])
end

local function most_urgent()
  local id, closes, of
  for _, account in ipairs(call.accounts) do
    if not shut(account) then
      local first, at = head_of(account)
      if first and (not closes or at < closes) then id, closes, of = first, at, account end
    end
  end
  return id, of
end

-- What a receiver of the first format took in stands in no line yet; its sweeper's look would come seconds later.
local function line_up(rung)
  local record = outline(rung)
  if record.state ~= 'queued' or not is_whole(record) or is_newer(record) then return end
  look_at(rung, READY .. record.account, function()
    if redis.call('ZSCORE', line_of(record.conversation), rung) then return end
    unplace(DUE, rung)
    join_line(rung, record)
  end)
end

local rung = call.rung
for turn = 1, SWEEP_AT_MOST do
  local id, account = most_urgent()
  if rung and rung ~= id then
    line_up(rung)
    id, account = most_urgent()
  end
  rung = nil
  if not id or turn == SWEEP_AT_MOST then
    count('idle_ring')
    return answer({refused = 'nothing is ready'})
  end
  local head = heads[account]
  head.at = head.at + 2
  local record = hash(RECORD .. id)
  local found
  if is_newer(record) then
    head.newer = head.newer + 1  -- which that version will claim
  elseif not record.state then
    set_aside(id, READY .. account)  -- it is gone, or no record
  elseif record.state ~= 'queued' and record.state ~= 'paused' then
    unplace(READY .. account, id)  -- an older version has taken it
  elseif not is_whole(record) then
    set_aside(id, READY .. account)
  else
    look_at(id, READY .. account, function()
      if too_late(record) and (not call.late or record.key) then return close_window(id) end
      redis.call('SET', CLAIM .. call.owner, id, 'PX', HOUR)
      record.fence, record.owner = number(record.fence) + 1, call.owner
      move(id, 'claimed', now + LEASE, {fence = record.fence, owner = call.owner}, record)
      probe(account, id)
      found = given(id, record)
    end)
  end
  if found then return found end
end
