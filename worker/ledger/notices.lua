-- Notices to endpoints of the operator's, behind shared.lua: hash NOTICE .. number, and the numbers in NOTICES by when
-- they are due. They are written with what they tell of, so none is lost.
local function post(id, notices)
  for _, notice in ipairs(notices or {}) do
    local number = id .. ':' .. notice.name .. ':' .. redis.call('HINCRBY', COUNTS, 'notices', 1)
    redis.call('HSET', NOTICE .. number, 'endpoint', notice.name, 'body', notice.body, 'tries', 0)
    redis.call('PEXPIRE', NOTICE .. number, NOTICE_KEPT)
    redis.call('ZADD', NOTICES, now, number)
  end
end
