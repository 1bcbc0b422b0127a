"""The shell around the core: clocks, journal, bus and engine."""
