"""A meeting of five hundred on an installation as shipped."""
