"""Replacements with the names and signatures of code that people have pasted elsewhere."""
