"""modelbot: merge-to-deploy for machine-learning models."""
