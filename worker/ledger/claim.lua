-- Claims a message under a lease: of all that are ready the one whose window closes first. The fence rises with each
-- claim: whoever holds an older one is not heard.
-- call: owner, accounts (those that the caller can send for now), late (whether it has something for a closed window),
-- rung (the message that it was rung for) or none.
-- Answers: id, record, conversation, behind (what else waits in the conversation) and now; or why not.

local function given(id, record)
  local conversation, behind = hash(record.conversation), {}
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

-- What a receiver of the first format took in stands in no line yet; its sweeper's look would come seconds later.
local rung = call.rung and outline(call.rung)
if rung and rung.state == 'queued' and is_whole(rung) and not is_newer(rung) then
  look_at(call.rung, READY .. rung.account, function()
    if redis.call('ZSCORE', line_of(rung.conversation), call.rung) then return end
    unplace(DUE, call.rung)
    join_line(call.rung, rung)
  end)
end

local newer = {}  -- by account, how many stand at its head that a newer version will claim

local function most_urgent()
  local id, closes, of
  for _, account in ipairs(call.accounts) do
    if not shut(account) then
      local head = redis.call('ZRANGE', READY .. account, newer[account] or 0, newer[account] or 0, 'WITHSCORES')
      if head[1] and (not closes or tonumber(head[2]) < closes) then
        id, closes, of = head[1], tonumber(head[2]), account
      end
    end
  end
  return id, of
end

for turn = 1, SWEEP_AT_MOST do
  local id, account = most_urgent()
  if not id or turn == SWEEP_AT_MOST then
    count('idle_ring')
    return answer({refused = 'nothing is ready'})
  end
  local record = hash(RECORD .. id)
  local found
  if is_newer(record) then
    newer[account] = (newer[account] or 0) + 1
  elseif not record.state then
    set_aside(id, READY .. account)  -- it is gone, or no record
  elseif record.state ~= 'queued' and record.state ~= 'paused' then
    redis.call('ZREM', READY .. account, id)  -- an older version has taken it
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
