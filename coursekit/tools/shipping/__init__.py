"""How the colorizers and the classifier of the course are trained, measured and packed."""
