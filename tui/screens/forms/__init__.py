"""Forms: what is put in front of a page to be filled in, with what is wrong at the place where it is wrong."""
