"""The OpenAPI document: what Litestar derives from the routes, completed with permissions, sign-in, refusals, files and examples."""
