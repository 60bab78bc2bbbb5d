"""The right answers to graded exercises, and what known mistakes give.

A file for each assignment, with ``CASES``: exercise → a function of a generator that returns a
case. From these `teach.cases` makes the stored cases, those that students have and the hidden ones.
Grading hides this folder from submissions.
"""
