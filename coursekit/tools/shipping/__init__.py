"""How the colorizers and the classifier that come with the course are trained, measured and packed."""
