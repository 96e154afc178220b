-- An operator shuts an account, or opens it: also one that the provider's refusals have shut.
-- call: who, what (pause or resume), account, known (whether the settings name it). Answers: nothing; or why not.

local key = ACCOUNT .. call.account
local gate = fields_of(key)
local function refused(why, on)
  return audited(on or call.account, 'refused: ' .. why, {refused = why})
end

if not call.known and redis.call('SISMEMBER', ACCOUNTS, call.account) == 0 then return refused('unknown', '?') end
if call.what == 'pause' then
  if gate.held then return refused('held') end
  write(key, {held = now})
  accounts[call.account] = true  -- seen from now on, though no message has come for it
else
  if not gate.held and not gate['until'] then return refused('open') end
  take_away(key, 'held', 'until', 'why', 'since', 'prober', 'probe', 'failures', 'opened')
end
return audited(call.account, 'done', {})
