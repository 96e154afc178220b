-- Somebody has tried a password. To look whether one may be tried and to count it is one step: of guesses that come at
-- once, no more are told what they were than of those that come one after another.
-- call: address (its hash), right (whether it is a password), most, most_of_all, within and known_for (ms).
-- Answers: wait (ms), where no password is taken from there, the right one neither; else nothing.

local its, of_all, known = TRIES .. call.address, TRIES .. 'all', KNOWN_ADDRESS .. call.address
local wait

local function look(key, most)
  if tonumber(redis.call('GET', key) or 0) >= most then wait = math.max(wait or 0, redis.call('PTTL', key)) end
end

look(its, call.most)
-- Guesses from everywhere close the door to strangers alone, or whoever guesses could keep everybody out.
if redis.call('EXISTS', known) == 0 then look(of_all, call.most_of_all) end
if wait then return answer({wait = wait}) end

if call.right then
  redis.call('DEL', its)
  redis.call('SET', known, 1, 'PX', call.known_for)
else
  for _, key in ipairs({its, of_all}) do
    redis.call('INCR', key)
    redis.call('PEXPIRE', key, call.within, 'NX')
  end
end
return answer({})
