-- Notices to endpoints of the operator's, behind shared.lua: hash NOTICE .. number, and the numbers in NOTICES ..
-- endpoint by when they are due. They are written with what they tell of, so none is lost. Each endpoint has a set of its
-- own, so that those of one that is away stand in nobody's way.
local function post(id, notices)
  for _, notice in ipairs(notices or {}) do
    local number = id .. ':' .. notice.name .. ':' .. redis.call('HINCRBY', COUNTS, 'notices', 1)
    redis.call('HSET', NOTICE .. number, 'endpoint', notice.name, 'body', notice.body, 'tries', 0)
    redis.call('PEXPIRE', NOTICE .. number, NOTICE_KEPT)
    redis.call('ZADD', NOTICES .. notice.name, now, number)
    redis.call('SADD', NOTIFIED, notice.name)
  end
end

local function forget_notice(endpoint, number)
  redis.call('DEL', NOTICE .. number)
  redis.call('ZREM', NOTICES .. endpoint, number)
end
