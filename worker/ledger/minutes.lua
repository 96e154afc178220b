-- What was counted in some minutes. Reads only. call: first, last (their numbers). Answers: minutes, each as
-- [name, number, ...] of what was counted in it.

local minutes = {}
for minute = call.first, call.last do
  local flat = redis.pcall('HGETALL', MINUTE .. minute)
  minutes[#minutes + 1] = flat.err and {} or flat
end
return answer({minutes = minutes})
