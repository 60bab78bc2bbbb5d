"""What the lessons would cost on a small GPU, counted on a computer without one."""
