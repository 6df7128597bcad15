"""What we need from the world, as narrow protocols. Readers and writers are different types.

Every method may raise `UnavailableError` when the world does not answer usefully; what else it raises is
said at the method. Performs no I/O.
"""
