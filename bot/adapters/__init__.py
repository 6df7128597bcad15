"""One SDK each, translated into our values and our errors."""
