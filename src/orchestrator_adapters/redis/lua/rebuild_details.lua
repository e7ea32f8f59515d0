-- Shows the details of a run that the repository saw holding a slot. What is newer than its picture stays, as in
-- rebuild.lua, and so does the ARN of a run whose dispatch was recorded after it; the bounds come in milliseconds, and as
-- the text that startedAt has (it sorts by time).
-- Returns 1 if it was taken in, else 0.

local details, ended = KEYS[1], KEYS[2]
local run_number, content, known_before, believed_until, started_after, started_until = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local wanted = tonumber(run_number)
local shown, started_at, has_arn = run_shown(ours('GET', details))
if shown and shown > wanted and started_at > started_after and started_at <= started_until then return 0 end

local last_ended, _, at = entry(ours('GET', ended))
if last_ended and last_ended >= wanted then
    if at > tonumber(known_before) and at <= tonumber(believed_until) then return 0 end
    redis.call('DEL', ended)
end
-- Nothing within a JSON text looks like this: the quotes there are escaped.
if shown == wanted and has_arn and string.find(content, '"executionArn": null,', 1, true) then return 0 end
redis.call('SET', details, content)
return 1
