"""Report: a run as one page that needs nothing else."""
