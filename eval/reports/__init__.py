"""What a run leaves behind: the files of a report, and how they look."""
