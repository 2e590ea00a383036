"""Pure rules: a trace and some limits in, one finding out. Only these speak about the DUT."""
