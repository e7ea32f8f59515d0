-- Shows that a run holds no slot any more, and remembers for a while that it has ended. Returns how many hold one.

local active, runs = KEYS[1], KEYS[2]
local campaign_id, run_number = ARGV[1], ARGV[2]

local number = entry(ours('HGET', runs, campaign_id))
if not number or number <= tonumber(run_number) then
    ours('SREM', active, campaign_id)
    local is_new = redis.call('HSET', runs, campaign_id, run_number .. string.format(' ended %d', now())) == 1
    if is_new then forget_some(runs) end
end
return ours('SCARD', active)
