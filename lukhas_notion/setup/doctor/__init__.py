"""What is right and wrong with a set-up, and what to do."""
