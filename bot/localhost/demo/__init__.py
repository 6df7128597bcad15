"""The story a newcomer sees: pull requests, reports, merges, promotions and a revert, all real."""
