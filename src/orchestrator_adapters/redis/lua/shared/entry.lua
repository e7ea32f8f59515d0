local MOST_DIGITS = 15 -- beyond, a Lua number is not exact

-- Run number, state and milliseconds of "NUMBER STATE MILLISECONDS"; nothing of a text that the ledger never wrote.
-- 'settled' is an end of which a rebuild has seen to it that the run's details are gone, too.
local function entry(text)
    if not text then return nil end
    local number, state, at = string.match(text, '^(%d+) (%a+) (%d+)$')
    if not number or #number > MOST_DIGITS or #at > MOST_DIGITS then return nil end
    if state ~= 'held' and state ~= 'ended' and state ~= 'settled' then return nil end
    return tonumber(number), state, tonumber(at)
end
