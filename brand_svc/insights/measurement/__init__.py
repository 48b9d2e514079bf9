"""Numbers one can decide by: levels with their intervals, and changes on matched cells. Pure rules, over arrays."""
