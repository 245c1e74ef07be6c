"""One module a figure; each returns a picture or a table, none decides anything."""
