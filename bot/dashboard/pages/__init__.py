"""The pages, a file each: its ways, and what stands on it."""
