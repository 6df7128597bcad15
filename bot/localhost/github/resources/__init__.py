"""REST endpoints, one file per resource: each takes a `Call` and gives a `Reply`."""
