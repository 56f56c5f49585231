"""The reading labs: previews made from their starter files, and plans filled with a model's numbers."""
