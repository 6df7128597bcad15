"""JSON bodies as the REST API answers them, one file per kind of object.

Perform no I/O beyond reading the bare repository.
"""
