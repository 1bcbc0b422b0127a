"""The dashboard's screens: one for each thing to look at, and those that are put in front of it."""
