-- The campaigns that a pool's set shows; none when something else is under its key. KEYS: the pool's set.

if redis.call('TYPE', KEYS[1])['ok'] ~= 'set' then return {} end
return redis.call('SMEMBERS', KEYS[1])
