"""What is inside a submission's box besides the course itself: its kernel, and how it talks.

The box shows this folder and no other of `coursekit.teach`; so nothing here imports the rest.
"""

SETTINGS = "COURSEKIT_GRADING"  # the variable with what the box tells its kernel, as JSON
