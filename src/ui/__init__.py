"""The shared look: layout, components, forms. No billing logic."""
