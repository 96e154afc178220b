-- Ends executions that went well, and their jobs: RQ keeps nothing of them.
-- Arguments: for each the id of its job and that of its execution, with a colon between.

local gone, ids = {}, {}
for i, entry in ipairs(ARGV) do
  ids[i] = entry:match('^(.*):')
  gone[3 * i - 2], gone[3 * i - 1], gone[3 * i] = EXECUTION .. entry, EXECUTIONS .. ids[i], JOB_PREFIX .. ids[i]
end
redis.call('DEL', unpack(gone))
redis.call('ZREM', STARTED_KEY, unpack(ARGV))
redis.call('ZREM', FAILED_KEY, unpack(ids))  -- where RQ had given up an earlier execution of one
return ARGV
