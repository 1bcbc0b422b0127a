"""The detail pane: all that is known of what the cursor is on, in tabs."""
