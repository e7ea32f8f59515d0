-- Shows that a run holds a slot. Returns how many hold one.

local active, runs = KEYS[1], KEYS[2]
local campaign_id, run_number, since = ARGV[1], ARGV[2], ARGV[3]

-- A late write of a stale process: a newer run has been seen, or this very run has ended (F44).
local number, state = entry(ours('HGET', runs, campaign_id))
local wanted = tonumber(run_number)
if not number or number < wanted or (number == wanted and state == 'held') then
    local is_new = redis.call('HSET', runs, campaign_id, run_number .. ' held ' .. since) == 1
    if is_new then forget_some(runs) end
    ours('SADD', active, campaign_id)
end
return ours('SCARD', active)
