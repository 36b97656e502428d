"""How good a model is while its labels are missing, few, late or one-sided: pure functions of arrays."""
