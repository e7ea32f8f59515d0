-- The campaigns that a pool's set shows; none when something else is under its key.

local active = KEYS[1]

if redis.call('TYPE', active)['ok'] ~= 'set' then return {} end
return redis.call('SMEMBERS', active)
