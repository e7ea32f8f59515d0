-- Removes the details of a run that has ended, and of any older one, and remembers its end for a while.
-- Returns 1 if there were any, else 0.

local details, ended = KEYS[1], KEYS[2]
local run_number = ARGV[1]

local wanted = tonumber(run_number)
local last_ended = entry(ours('GET', ended))
if not last_ended or last_ended < wanted then
    local value = run_number .. string.format(' ended %d', now())
    redis.call('SET', ended, value, 'PX', REMEMBERED_MILLISECONDS)
end
local shown = run_shown(ours('GET', details))
if shown and shown > wanted then return 0 end
return redis.call('DEL', details)
