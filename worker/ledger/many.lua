-- Put behind every script, which is the function `run`: once for each argument. One that fails does so alone.

local answers = {}
for i = 1, #ARGV do
  call = cjson.decode(ARGV[i])
  local ok, found = pcall(run)
  answers[i] = ok and found or type(found) == 'table' and found or redis.error_reply(found)
end
put_in_place()
return answers
