"""Points by hand, in the browser: a question at a time, all answers to it side by side."""
