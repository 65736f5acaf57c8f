"""Models: prompts that hold, typed answers, and what happens without one."""
