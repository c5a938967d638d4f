"""Reports of one result for several audiences. A renderer makes no decisions."""
