"""Reading and writing CSV and XLSX: declared columns, row errors, safe cells, streaming."""
