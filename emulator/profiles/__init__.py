"""Named sets of chaos rules, one file each."""
