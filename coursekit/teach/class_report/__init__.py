"""What a teacher learns of a class: tasks, misconceptions, likeness, unusual runs."""

from coursekit.teach.class_report.page import write

__all__ = ["write"]
