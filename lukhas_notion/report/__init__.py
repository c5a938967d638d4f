"""One run, told to several audiences. A renderer decides nothing: it says what the result holds."""
