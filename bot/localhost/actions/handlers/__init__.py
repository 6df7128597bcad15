"""The local stand-ins of the actions a workflow uses."""
