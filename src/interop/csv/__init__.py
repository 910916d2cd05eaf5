"""Spreadsheet imports: declared templates, and rows read into typed drafts."""
