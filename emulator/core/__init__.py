"""The verbs: dice, faults, plan, retry, dispatcher, projection. Pure, seeded, sans-I/O."""
