"""GitHub and GitHub Actions on localhost, for the demo, the tests and anyone without a token."""
