"""For instructors, in a clone only: release of the assignments, grading of what comes back."""
