"""A billing day for two practices: the product's main job as a demonstration."""
