"""The facts a decision may use, as frozen values, and the strict readers that make them."""
