"""What the implementation guides require, as data, and the walker that holds a file against it."""
