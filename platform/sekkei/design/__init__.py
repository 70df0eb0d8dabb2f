"""The arrow backwards: from a conductance to compositions and structures."""
