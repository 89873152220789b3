"""The optimiser: `solve(problem, *, stop, params, seed) -> Plan`, checked by `verify`. Pure Python, no Django."""
