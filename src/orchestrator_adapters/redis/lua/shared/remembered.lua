local REMEMBERED_MILLISECONDS = 3600000 -- for so long the end of a run is known
