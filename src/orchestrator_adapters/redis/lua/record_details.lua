-- Shows the details of a run's execution, unless a newer run or the end of this one has been seen (F44). The pool's
-- scripts cannot tell: on a cluster these keys are on another node. Returns 1 if it was taken in, else 0.

local details, ended = KEYS[1], KEYS[2]
local run_number, content = ARGV[1], ARGV[2]

local wanted = tonumber(run_number)
local shown = run_shown(ours('GET', details))
local last_ended = entry(ours('GET', ended))
if (shown and shown > wanted) or (last_ended and last_ended >= wanted) then return 0 end
redis.call('SET', details, content)
return 1
