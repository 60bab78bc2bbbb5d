"""For instructors: the students' release of the assignments, and grading of what comes back (extra `teach`)."""
