"""Specifications written as source code: the text of modules, laid out as the formatter would lay it out."""
