"""From text files to rules, profiles, scenarios and fixtures, with errors that name file, line and key."""
