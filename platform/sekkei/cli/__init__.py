"""The command line: one file per noun; every verb parses, calls the library, and prints."""
