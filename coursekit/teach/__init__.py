"""For instructors, in a clone only: the students' release of the assignments, and grading of what comes back."""
