-- What is known of an account, behind shared.lua: hash ACCOUNT .. account.
--   held                  an operator has paused it
--   until, why            the provider refuses it, or fails: nothing is sent before then, and then one message as a probe
--   prober, probe         that message, and how long its word is waited for
--   failures, opened      failures in a row; how often in a row the account was shut for them
--   allowed               when its next message may be sent, where it has a rate (GCRA: theoretical arrival time)

local AHEAD = 1000  -- ms that a message may be claimed before its turn by the rate

-- Why no message of the account may be sent now; nil where one may. The probe itself may.
local function shut(account, id)
  local gate = fields_of(ACCOUNT .. account)
  if gate.held then return 'held' end
  if gate['until'] and not (id and gate.prober == id) then
    if now < (number(gate['until']) or 0) then return 'paused' end
    if now < (number(gate.probe) or 0) then return 'probing' end
  end
  if not id and (number(gate.allowed) or 0) > now + AHEAD then return 'rate' end
end

local function probe(account, id)
  local key = ACCOUNT .. account
  if fields_of(key)['until'] then write(key, {prober = id, probe = now + LEASE + SEND_TIMEOUT}) end
end

-- What an answer of the provider says of the account. health: verdict (good, failed, config), why, wait (ms that the
-- provider asks for). Answers `paused` or `resumed` where that changes.
local function judge(account, id, health)
  local key = ACCOUNT .. account
  local was = fields_of(key)
  local shut_before = was['until']
  local probing = shut_before and was.prober == id
  if health.verdict == 'good' then
    take_away(key, 'failures', 'opened')
    if not probing then return nil end
    take_away(key, 'until', 'why', 'prober', 'probe')
    return 'resumed'
  end
  if shut_before and not probing then return nil end  -- what was under way when it was shut
  local function one_more(what)
    local sum = (number(was[what]) or 0) + 1
    write(key, {[what] = sum})
    return sum
  end
  local failures = one_more('failures')
  local span = PAUSE
  if health.verdict == 'failed' then
    if failures < BREAKER and not probing then return nil end
    span = math.min(BREAK_FOR * 2 ^ (one_more('opened') - 1), PAUSE)
  end
  write(key, {['until'] = now + math.max(span, health.wait or 0), why = health.why})
  take_away(key, 'prober', 'probe')
  if not shut_before then
    write(key, {since = now})
    count('account_paused')
    return 'paused'
  end
end

-- Milliseconds until one more may be sent, and then it is counted. Of several limits all must allow it.
-- limits: {key, field, interval in ms, burst}.
local function wait_for(limits)
  local allowed, longest = {}, 0
  for i, limit in ipairs(limits) do
    local at = math.max(number(fields_of(limit[1])[limit[2]]) or 0, now)
    longest = math.max(longest, at - now - limit[3] * (limit[4] - 1))
    allowed[i] = at + limit[3]
  end
  if longest > 0 then return math.ceil(longest) end
  for i, limit in ipairs(limits) do write(limit[1], {[limit[2]] = math.ceil(allowed[i])}) end
  return 0
end

-- Where the account's replies of the last hour did get delivery events, silence about one says that it was not sent.
-- Those of the last CONFIRM are too young to tell.
local function evidence(account, at, what)
  local bucket = EVIDENCE .. account .. ':' .. math.floor(at / BUCKET)
  add(bucket, what, 2 * HOUR)
end

local function silence_tells(account)
  local sent, confirmed = 0, 0
  for bucket = math.floor((now - HOUR) / BUCKET), math.floor((now - CONFIRM) / BUCKET) do
    local of = some(EVIDENCE .. account .. ':' .. bucket, 'sent', 'confirmed')
    sent, confirmed = sent + (of.sent or 0), confirmed + (of.confirmed or 0)
  end
  return confirmed > 0 and confirmed * 10 >= sent * 9
end
