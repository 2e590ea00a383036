"""What was required, answered, seen and concluded: values only."""
