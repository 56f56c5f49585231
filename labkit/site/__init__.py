"""The site: the repository's pages as one book in two languages.

docs/site.yaml -> table (what stands where) -> assemble (Markdown with the site's links) -> Zensical -> check.
"""
